using System.Globalization;

namespace MlAspire.Inference.Api.Models;

/// <summary>One model's directory: reads its config and finds its versions. Nothing outside the directory is ever opened.</summary>
internal sealed class ModelDirectory(string path)
{
    private const int MaxConfigBytes = 1 << 20;

    public string Name => Path.GetFileName(path);

    /// <summary>The model's config, or the default one when it has none.</summary>
    /// <exception cref="InvalidDataException">The config cannot be used; the message says why.</exception>
    public ModelConfig ReadConfig()
    {
        var file = new FileInfo(Path.Combine(path, ModelConfigFile.FileName));
        if (!file.Exists)
        {
            return new ModelConfig { Name = Name };
        }

        if (file.Length > MaxConfigBytes)
        {
            throw new InvalidDataException($"{ModelConfigFile.FileName} is larger than {MaxConfigBytes} bytes");
        }

        RequireInside(file);
        return ModelConfigFile.Parse(File.ReadAllBytes(file.FullName));
    }

    /// <summary>The version directories, ascending: a positive number without leading zeros. Others are not versions.</summary>
    public IReadOnlyList<long> Versions() => [.. Directory.EnumerateDirectories(path)
        .Select(Path.GetFileName)
        .Where(name => name is [not '0', ..] && name.All(char.IsAsciiDigit))
        .Select(name => long.TryParse(name, CultureInfo.InvariantCulture, out var version) ? version : 0)
        .Where(version => version > 0)
        .Order()];

    /// <summary>The model file of a version.</summary>
    /// <exception cref="InvalidDataException">There is none, its name is a path, or it is a link that leads out of the directory.</exception>
    public string ModelFile(long version, string fileName)
    {
        if (fileName.Length == 0 || fileName != Path.GetFileName(fileName) || fileName is "." or "..")
        {
            throw new InvalidDataException($"default_model_filename '{fileName}' must be the name of a file, not a path");
        }

        var file = new FileInfo(Path.Combine(path, version.ToString(CultureInfo.InvariantCulture), fileName));
        if (!file.Exists)
        {
            throw new InvalidDataException($"version {version} has no file {fileName}");
        }

        RequireInside(file);
        return file.FullName;
    }

    private void RequireInside(FileInfo file)
    {
        if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target && !target.FullName.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{file.Name} is a link that leads out of the model's directory");
        }
    }
}
