using System.Globalization;
using System.Text;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>A file that a load request brings: <c>file:1/model.onnx</c>.</summary>
/// <param name="Path">Version and name.</param>
internal sealed record FileOverride(string Path, ReadOnlyMemory<byte> Content);

/// <summary>The files of a load request, as a model's directory that lasts as long as the load: a session is made of bytes in memory.</summary>
internal sealed class FileOverrides : IDisposable
{
    public const int MaxFiles = 100;
    private const int MaxNameBytes = 255;
    private readonly string root = System.IO.Directory.CreateTempSubdirectory("mlaspire-load-").FullName;

    /// <summary>Writes the files; null when there are none.</summary>
    /// <exception cref="ServiceError">InvalidArgument: a name or path that is none.</exception>
    public static FileOverrides? Write(string model, IReadOnlyList<FileOverride> files)
    {
        try
        {
            return files.Count > 0 ? new FileOverrides(model, files) : null;
        }
        catch (InvalidDataException exception)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, exception.Message, "parameters");
        }
    }

    private FileOverrides(string model, IReadOnlyList<FileOverride> files)
    {
        try
        {
            var path = Path.Combine(root, RequireName(model));
            foreach (var file in files)
            {
                var target = Path.Combine(path, RequirePath(file.Path));
                System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                using var stream = new FileStream(target, FileMode.CreateNew);
                stream.Write(file.Content.Span);
            }

            Directory = new ModelDirectory(path, isTemporary: true);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ModelDirectory Directory { get; }

    public void Dispose() => System.IO.Directory.Delete(root, recursive: true);

    private static string RequireName(string name) =>
        name is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes && !name.Any(letter => char.IsControl(letter) || letter is '/' or '\\') ? name
            : throw new InvalidDataException("the name of a model or file is missing, too long, or has signs that names do not have");

    private static string RequirePath(string path) => path.Split('/') is [[not '0', ..] version, var name]
        && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? Path.Combine(version, RequireName(name))
            : throw new InvalidDataException("a file must be given as file:<version>/<name>");
}
