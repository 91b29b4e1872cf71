using System.Globalization;
using System.Text;
using MlAspire.Inference.Api.Models.Config;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>One model's directory: reads its config and finds its versions. Nothing outside the directory is ever opened.</summary>
internal sealed class ModelDirectory(string path, bool isTemporary = false)
{
    private const int MaxTextBytes = 1 << 20;
    private const int MaxFiles = 10_000;

    // A link to a directory above would be walked for ever without a bound on the depth.
    private static readonly EnumerationOptions AllFiles = new() { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>True when it goes after the load: the model cannot be loaded from it again.</summary>
    public bool IsTemporary => isTemporary;

    public string Name => Path.GetFileName(path);

    /// <summary>The model's config, or the default one when it has none.</summary>
    /// <exception cref="InvalidDataException">The config cannot be used; the message says why.</exception>
    public ModelConfig ReadConfig()
    {
        var (json, text) = (File.Exists(Path.Combine(path, ModelConfigFile.FileName)), File.Exists(Path.Combine(path, ModelConfigFile.TextFileName)));
        return (json, text) switch
        {
            (true, true) => throw new InvalidDataException($"there is a {ModelConfigFile.FileName} and a {ModelConfigFile.TextFileName}; only one can hold"),
            (true, false) => ModelConfigFile.Parse(ReadBytes(ModelConfigFile.FileName)),
            (false, true) => ModelConfigFile.ParseText(ReadBytes(ModelConfigFile.TextFileName)),
            _ => new ModelConfig { Name = Name },
        };
    }

    /// <summary>The text of a small file beside the config.</summary>
    /// <exception cref="InvalidDataException">It is not there, its name is a path, it is too large, or a link that leads out of the directory.</exception>
    public string ReadText(string fileName) => Encoding.UTF8.GetString(ReadBytes(fileName));

    /// <summary>The bytes of a file in the model's directory <c>warmup</c>.</summary>
    /// <exception cref="InvalidDataException">As <see cref="ReadText"/>.</exception>
    public byte[] ReadWarmup(string fileName)
    {
        RequireName(fileName);
        return ReadBytes(new FileInfo(Path.Combine(path, "warmup", fileName)));
    }

    /// <summary>The version directories, ascending: a positive number without leading zeros. Others are not versions.</summary>
    public IReadOnlyList<long> Versions() => [.. Directory.EnumerateDirectories(path)
        .Select(Path.GetFileName)
        .Where(name => name is [not '0', ..] && name.All(char.IsAsciiDigit))
        .Select(name => long.TryParse(name, CultureInfo.InvariantCulture, out var version) ? version : 0)
        .Where(version => version > 0)
        .Order()];

    /// <summary>Changes whenever a file of the model appears, goes, or is written.</summary>
    public string Fingerprint() => string.Join('|', Files(path).Order(StringComparer.Ordinal).Select(Stamp));

    /// <summary>The same for what one version is made of: its files, the label and warm-up files and the config that is used.</summary>
    public string Fingerprint(long version, ModelConfig config)
    {
        var files = Files(VersionPath(version))
            .Concat(config.Output.Select(output => output.LabelFilename).OfType<string>().Select(name => Path.Combine(path, name)).Where(File.Exists))
            .Concat(config.ModelWarmup.SelectMany(warmup => warmup.Inputs.Values).Select(input => input.InputDataFile).OfType<string>().Select(name => Path.Combine(path, "warmup", name)).Where(File.Exists));
        return string.Join('|', [ModelConfigFile.Format(config), .. files.Order(StringComparer.Ordinal).Select(Stamp)]);
    }

    /// <summary>A file of a version, which is there and not empty.</summary>
    /// <param name="relativePath">Below the version's directory, without <c>..</c>.</param>
    /// <exception cref="InvalidDataException">There is none, its path leads elsewhere, by its name or by a link, or it is nothing to read.</exception>
    public FileInfo VersionFile(long version, string relativePath)
    {
        if (relativePath.Length == 0 || Path.IsPathRooted(relativePath) || relativePath.Any(char.IsControl) || relativePath.Split('/', '\\').Any(part => part is "" or "." or ".."))
        {
            throw new InvalidDataException($"'{Quotable(relativePath)}' must be the path of a file below the version's directory");
        }

        var file = new FileInfo(Path.Combine(VersionPath(version), relativePath));
        if (!file.Exists)
        {
            throw new InvalidDataException($"version {version} has no file {relativePath}");
        }

        RequireInside(file);
        return file;
    }

    /// <summary>The bytes of a small file of a version; null when it is not there.</summary>
    /// <exception cref="InvalidDataException">It leads out of the directory, or is too large.</exception>
    public byte[]? TryReadVersionFile(long version, string fileName)
    {
        var file = new FileInfo(Path.Combine(VersionPath(version), fileName));
        return file.Exists ? ReadBytes(file) : null;
    }

    private string VersionPath(long version) => Path.Combine(path, version.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="InvalidDataException">There are too many.</exception>
    private static string[] Files(string directory)
    {
        string[] files = [.. Directory.EnumerateFiles(directory, "*", AllFiles).Take(MaxFiles + 1)];
        return files.Length <= MaxFiles ? files : throw new InvalidDataException($"there are more than {MaxFiles} files in {Path.GetFileName(directory)}");
    }

    private static string Stamp(string file)
    {
        var info = new FileInfo(file);
        return info.Exists ? $"{file}:{info.Length}:{info.LastWriteTimeUtc.Ticks}" : file;
    }

    private byte[] ReadBytes(string fileName)
    {
        RequireName(fileName);
        return ReadBytes(new FileInfo(Path.Combine(path, fileName)));
    }

    private byte[] ReadBytes(FileInfo file)
    {
        if (!file.Exists)
        {
            throw new InvalidDataException($"the file {file.Name} is not there");
        }

        RequireInside(file);
        return file.Length <= MaxTextBytes ? File.ReadAllBytes(file.FullName) : throw new InvalidDataException($"{file.Name} is larger than {MaxTextBytes} bytes");
    }

    private static void RequireName(string fileName)
    {
        if (fileName.Length == 0 || fileName != Path.GetFileName(fileName) || fileName is "." or ".." || fileName.Any(char.IsControl))
        {
            throw new InvalidDataException($"'{Quotable(fileName)}' must be the name of a file, not a path");
        }
    }

    private void RequireInside(FileInfo file)
    {
        var directory = RealPath.Of(path);
        if (!RealPath.IsBelow(directory, RealPath.Of(Path.GetDirectoryName(path)!)) || !RealPath.IsBelow(RealPath.Of(file.FullName), directory))
        {
            throw new InvalidDataException($"{file.Name} is a link that leads out of the model's directory");
        }

        // A pipe or a device has no length, and reading it may never end.
        if (file.Length == 0)
        {
            throw new InvalidDataException($"{file.Name} is empty, or no regular file");
        }
    }

    private static string Quotable(string text) => new([.. text.Take(100).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
