using System.Xml.Linq;

namespace MlAspire.LocalFeed;

/// <summary>The packages that are ordinary projects here: the stand-ins.</summary>
internal static class ProjectPackages
{
    private const string Folder = "stand-ins";

    /// <summary>Packs every project under <c>stand-ins/</c> into <paramref name="output"/>.</summary>
    /// <exception cref="FeedException">A project does not build.</exception>
    public static async Task PackAsync(string sources, string output)
    {
        var projects = Directory.GetFiles(Path.Combine(sources, Folder), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Console.WriteLine($"packing {projects.Count} projects of {Folder}");
        var solution = Path.Combine(sources, Folder, "obj", Folder + ".slnx");
        Directory.CreateDirectory(Path.GetDirectoryName(solution)!);
        new XElement("Solution", projects.Select(p => new XElement("Project", new XAttribute("Path", Path.GetRelativePath(Path.GetDirectoryName(solution)!, p))))).Save(solution);
        await Command.RunAsync("dotnet", ["pack", solution, "-c", "Release", "-o", output, "-v", "quiet", "-nologo"], sources);
    }
}
