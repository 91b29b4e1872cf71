namespace MlAspire.Inference.Api.Models.Files;

/// <summary>Where a path really leads, with the links in all of its parts followed, as the kernel follows them.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40; // the kernel's own bound

    /// <param name="path">Need not exist; what does not is taken as it stands.</param>
    /// <exception cref="InvalidDataException">The links lead in a circle.</exception>
    public static string Of(string path)
    {
        var links = 0;
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        var rest = new Stack<string>(PartsBackwards(Path.GetFullPath(path))); // popped in the order of the path
        while (rest.TryPop(out var part))
        {
            var next = part == ".." ? Path.GetDirectoryName(real) ?? real : Path.Combine(real, part);
            if (part == ".." || new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new InvalidDataException($"{Path.GetFileName(path)} is a link that leads in a circle");
            }

            real = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : real;
            Array.ForEach(PartsBackwards(target), rest.Push);
        }

        return real;
    }

    /// <summary>True when <paramref name="path"/>, a real one, lies below <paramref name="directory"/>, a real one too.</summary>
    public static bool IsBelow(string path, string directory) => path.StartsWith(Path.TrimEndingDirectorySeparator(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string[] PartsBackwards(string path) => [.. path.Split(Path.DirectorySeparatorChar).Where(part => part is not ("" or ".")).Reverse()];
}
