using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>What is in the repository's directory now. Thread-safe.</summary>
internal sealed partial class RepositoryNames(IOptions<ModelRepositoryOptions> options, ILogger<RepositoryNames> logger)
{
    private const int MaxRefused = 1000;
    private const string AllVersions = "0";
    private readonly ConcurrentDictionary<string, bool> refused = new(StringComparer.Ordinal); // names told of already

    /// <summary>The directory of the models' directories.</summary>
    public string Root { get; } = Path.GetFullPath(options.Value.Path);

    /// <summary>The directories that are models, in ordinal order. One whose name cannot be one, and those beyond the bound, are told of once.</summary>
    /// <exception cref="ServiceError">Unavailable: the repository's directory cannot be read.</exception>
    public string[] Read()
    {
        var names = Directories().Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal).ToLookup(IsName);
        foreach (var name in names[false])
        {
            Refuse(Uri.EscapeDataString(name), "the name has control characters, or is not UTF-8");
        }

        foreach (var name in names[true].Skip(options.Value.MaxModels))
        {
            Refuse(name, $"there are more than ModelRepository:MaxModels, {options.Value.MaxModels}");
        }

        return [.. names[true].Take(options.Value.MaxModels)];
    }

    /// <summary>Whether there is something that the model could be loaded from.</summary>
    public bool HasDirectory(string name) => Directory.Exists(Path.Combine(Root, name));

    private string[] Directories()
    {
        try
        {
            return Directory.GetDirectories(Root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServiceError(ErrorCode.Unavailable, "the model repository cannot be read", exception);
        }
    }

    private static bool IsName(string name) => !name.Any(letter => char.IsControl(letter) || letter == '\uFFFD');

    private void Refuse(string name, string reason)
    {
        if (refused.Count < MaxRefused && refused.TryAdd(name, true))
        {
            LogRefused(name, AllVersions, reason);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoadFailed, Level = LogLevel.Error, Message = "Model {Model} version {ModelVersion} cannot be served: {Reason}")]
    private partial void LogRefused(string model, string modelVersion, string reason);
}
