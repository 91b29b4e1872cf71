using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Models;

/// <summary>Brings the models of the repository's directory into the table. A model that cannot be loaded is in the table with its reason; the others serve.</summary>
internal sealed partial class ModelRepository(IOptions<ModelRepositoryOptions> options, ModelLoader loader, ModelTable table, ILogger<ModelRepository> logger)
{
    private readonly string root = Path.GetFullPath(options.Value.Path);

    /// <summary>Loads every model, several at a time.</summary>
    /// <exception cref="DirectoryNotFoundException">The repository's directory does not exist.</exception>
    public async Task LoadAllAsync(CancellationToken cancellationToken)
    {
        var names = Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).ToArray();
        foreach (var name in names)
        {
            Publish(new ModelEntry(name, [], "loading"));
        }

        await Parallel.ForEachAsync(names, cancellationToken, (name, _) =>
        {
            Publish(Load(name));
            return ValueTask.CompletedTask;
        });
        table.FinishLoading();
    }

    private ModelEntry Load(string name)
    {
        var directory = new ModelDirectory(Path.Combine(root, name));
        try
        {
            var config = directory.ReadConfig();
            ModelLoader.Check(directory, config);
            var versions = VersionPolicy.Choose(config.VersionPolicy, directory.Versions());
            return versions.Count == 0
                ? Broken(name, "there is no version directory that the version policy chooses")
                : new ModelEntry(name, [.. versions.Select(version => Load(directory, version, config))]);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Broken(name, exception.Message);
        }
    }

    private VersionEntry Load(ModelDirectory directory, long version, ModelConfig config)
    {
        try
        {
            var model = loader.Load(directory, version, config);
            LogLoaded(directory.Name, version);
            return new VersionEntry(version, ModelState.Ready, Model: model);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            LogFailed(directory.Name, version, exception.Message);
            return new VersionEntry(version, ModelState.Unavailable, exception.Message);
        }
    }

    private ModelEntry Broken(string name, string reason)
    {
        LogFailed(name, 0, reason);
        return new ModelEntry(name, [], reason);
    }

    private void Publish(ModelEntry entry)
    {
        // Guards the read-change-swap of the table against another load.
        lock (table)
        {
            table.Publish(entry);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoaded, Level = LogLevel.Information, Message = "Model {Model} version {ModelVersion} is loaded")]
    private partial void LogLoaded(string model, long modelVersion);

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoadFailed, Level = LogLevel.Error, Message = "Model {Model} version {ModelVersion} cannot be served: {Reason}")]
    private partial void LogFailed(string model, long modelVersion, string reason);
}
