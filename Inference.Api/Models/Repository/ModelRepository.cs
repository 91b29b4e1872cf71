using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.Inference.Api.Models.Loading;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>
/// Brings the models of the repository's directory into the table and keeps it up to date. A model that cannot be loaded is in the table with its reason; the others serve.
/// A changed model is loaded beside the old one, takes its place, and the old one is given back when its last request has been answered; if any version of the change cannot be loaded, every version that serves goes on.
/// </summary>
internal sealed partial class ModelRepository(IOptions<ModelRepositoryOptions> options, RepositoryNames repository, ModelLoader loader, ModelTable table, ILogger<ModelRepository> logger) : IDisposable
{
    private const string AllModels = "*";
    private const string NoModel = "there is no such model in the repository";
    private const string NoVersion = "there is no version directory that the version policy chooses";
    private const string AllVersions = "0"; // of a model that is refused as a whole
    private readonly ModelTurns turns = new();
    private readonly ConcurrentDictionary<string, string> seen = new(StringComparer.Ordinal); // fingerprint of what was last tried, by model
    private readonly SemaphoreSlim loading = new(Environment.ProcessorCount); // models that are loaded from their files at the same time
    private readonly RetryLooks retries = new(); // this and the next belong to the loop that looks
    private readonly Dictionary<string, Task> underWay = new(StringComparer.Ordinal); // the loads that looks have begun, by model
    private bool isUnreadable;

    /// <summary>Loads every model, with the mode Explicit those that the options name, several at a time.</summary>
    /// <exception cref="ServiceError">Unavailable: the repository's directory cannot be read.</exception>
    public async Task LoadAllAsync(CancellationToken cancellationToken)
    {
        var names = repository.Read();
        var wanted = (options.Value is { ControlMode: ModelControlMode.Explicit, Load: var load } && !load.Contains(AllModels) ? load : names).ToHashSet(StringComparer.Ordinal);
        foreach (var name in wanted.Except(names))
        {
            LogFailed(name, AllVersions, NoModel);
            table.Publish(new ModelEntry(name, [], NoModel));
        }

        foreach (var name in names)
        {
            table.Publish(wanted.Contains(name) ? Loading(name) : new ModelEntry(name, []).AsUnloaded());
        }

        await Task.WhenAll(names.Where(wanted.Contains).Select(name => LoadFilesAsync(name, cancellationToken)));
        table.FinishLoading();
    }

    /// <summary>
    /// A look at the files: loads what is new, reloads what has changed, tries again what failed for a reason that may pass, several at a time, and unloads what has gone. The first look returns when all is loaded;
    /// later ones do not wait, so that a model that takes long does not hold up the next look. A repository that cannot be read leaves everything as it is.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (TryNames() is not { } names)
        {
            return;
        }

        var there = names.ToHashSet(StringComparer.Ordinal);
        Unload(table.Models.Values.Where(entry => !there.Contains(entry.Name) && !IsUnderWay(entry.Name)));
        foreach (var name in names.Where(IsDue))
        {
            table.TryAdd(Loading(name), int.MaxValue);
            underWay[name] = LoadFilesAsync(name, cancellationToken);
        }

        if (!table.IsLoaded)
        {
            await SettleAsync();
            table.FinishLoading();
        }
    }

    /// <summary>Returns when the loads are over that looks have begun.</summary>
    public Task SettleAsync() => Task.WhenAll(underWay.Values);

    /// <exception cref="ServiceError">InvalidArgument: models are not loaded by request. NotReady: the first loading is not over.</exception>
    public void RequireChangeable()
    {
        if (options.Value.ControlMode != ModelControlMode.Explicit)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"models are loaded and unloaded by request only when ModelRepository:ControlMode is Explicit; it is {options.Value.ControlMode}");
        }

        if (table.NotLoadedReason is { } reason)
        {
            throw new ServiceError(ErrorCode.NotReady, reason);
        }
    }

    /// <summary>Loads a model, or loads it again from its files.</summary>
    /// <param name="config">Taken instead of the model's own; null = its own.</param>
    /// <param name="files">Not empty: taken instead of the model's directory, which need not exist then.</param>
    /// <exception cref="ServiceError">NotReady: the first loading is not over. NotFound: no such model in the repository. InvalidArgument: it cannot be loaded, for the reason given; what served before goes on. Overloaded: there are as many models as there may be. Overloaded, Unavailable: it cannot be loaded, but it may be loaded later, its files as they are.</exception>
    public async Task LoadAsync(string name, ModelConfig? config, IReadOnlyList<FileOverride> files, CancellationToken cancellationToken)
    {
        RequireChangeable();
        if (files.Count == 0 && !repository.Read().Contains(name))
        {
            throw new ServiceError(ErrorCode.NotFound, $"unknown model '{TensorCheck.Short(name)}'", "model_name");
        }

        using var overrides = FileOverrides.Write(name, files); // refuses a name that none may have
        await ChangeAsync(name, () =>
        {
            Reserve(name);
            var entry = Load(overrides?.Directory ?? DirectoryOf(name), directory => config ?? directory.ReadConfig());
            if (overrides is not null && !entry.Ready.Any() && !repository.HasDirectory(name))
            {
                Forget(name);
            }

            return entry.FirstProblem is { } problem ? throw new ServiceError(entry.FirstProblemCode, $"model '{name}' cannot be loaded: {problem}") : Task.CompletedTask;
        }, cancellationToken);
    }

    /// <summary>Unloads a model; returns when its last request has been answered and its memory given back. One that no directory could bring back is unknown then.</summary>
    /// <exception cref="ServiceError">NotReady: the first loading is not over. NotFound: unknown. Unavailable: not loaded, and the repository cannot be read.</exception>
    public async Task UnloadAsync(string name, CancellationToken cancellationToken)
    {
        RequireChangeable();
        if (!table.Models.ContainsKey(name) && repository.Read().Contains(name))
        {
            return; // never loaded, as the index says
        }

        table.Get(name);
        await ChangeAsync(name, async () =>
        {
            var entry = table.Get(name);
            table.Publish(entry.AsUnloading());
            await Retire(entry, except: []);
            if (repository.HasDirectory(name))
            {
                table.Publish(entry.AsUnloaded());
            }
            else
            {
                Forget(name);
            }

            LogUnloaded(name);
        }, cancellationToken);
    }

    public void Dispose() => loading.Dispose();

    private string[]? TryNames()
    {
        try
        {
            var names = repository.Read();
            table.DelayLoading(ModelTable.BeingLoaded);
            isUnreadable = false;
            return names;
        }
        catch (ServiceError error)
        {
            if (!isUnreadable)
            {
                LogUnreadable(error.InnerException!.Message);
                table.DelayLoading(error.Message);
            }

            isUnreadable = true;
            return null;
        }
    }

    private void Unload(IEnumerable<ModelEntry> entries)
    {
        foreach (var gone in entries.ToArray())
        {
            Forget(gone.Name);
            retries.Forget(gone.Name);
            underWay.Remove(gone.Name);
            _ = Retire(gone, except: []);
            LogUnloaded(gone.Name);
        }
    }

    /// <summary>A name of its own for what is to be loaded, before it is.</summary>
    /// <exception cref="ServiceError">Overloaded: there are as many as there may be.</exception>
    private void Reserve(string name)
    {
        if (!table.TryAdd(Loading(name), options.Value.MaxModels))
        {
            throw new ServiceError(ErrorCode.Overloaded, $"there are {options.Value.MaxModels} models already, as many as ModelRepository:MaxModels allows");
        }
    }

    private void Forget(string name)
    {
        table.Remove(name);
        seen.TryRemove(name, out _);
    }

    private static ModelEntry Loading(string name) => new(name, [], "loading", ModelState.Loading);

    private async Task LoadFilesAsync(string name, CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            await ChangeAsync(name, () => Task.FromResult(Load(DirectoryOf(name), directory => directory.ReadConfig())), cancellationToken);
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task ChangeAsync(string name, Func<Task> change, CancellationToken cancellationToken)
    {
        using var turn = await turns.TakeAsync(name, cancellationToken);
        await Blocking.RunAsync(change).Unwrap(); // on files and on ONNX Runtime
    }

    /// <returns>The new entry, which the table shows already.</returns>
    private ModelEntry Load(ModelDirectory directory, Func<ModelDirectory, ModelConfig> readConfig)
    {
        var name = directory.Name;
        var before = table.Models.GetValueOrDefault(name) ?? new ModelEntry(name, []);
        ModelEntry entry;
        try
        {
            seen[name] = FingerprintOf(directory);
            var config = readConfig(directory);
            ModelConfigCheck.Check(directory.Name, config);
            var versions = VersionPolicy.Choose(config.VersionPolicy, directory.Versions());
            table.Publish(versions.Count == 0 ? throw new InvalidDataException(NoVersion) : before.AsLoading(versions));
            VersionEntry[] chosen = [.. versions.Select(version => Load(directory, version, config, before))];
            entry = Settle(chosen, before);
        }
        catch (Exception exception) // the boundary: whatever is wrong with one model, the others serve
        {
            var reason = TensorCheck.Short(exception.Message, ModelEntry.MaxReason);
            LogFailed(name, AllVersions, reason);
            entry = new ModelEntry(name, [.. before.Ready], reason) { Code = ModelEntry.CodeOf(exception) };
        }

        table.Publish(entry);
        _ = Retire(before, except: entry.Ready.Select(version => version.Model!));
        return entry;
    }

    /// <summary>Takes the change over or not; what was loaded for nothing is given back.</summary>
    private ModelEntry Settle(VersionEntry[] chosen, ModelEntry before)
    {
        var entry = new ModelEntry(before.Name, [.. VersionChange.Settle(chosen, before)]);
        foreach (var version in chosen.Where(version => version.Model is not null && before.Ready.All(former => former.Model != version.Model)))
        {
            var settled = entry.Versions.First(each => each.Version == version.Version);
            if (settled.Model == version.Model)
            {
                LogLoaded(version.Model!);
            }
            else
            {
                LogFailed(entry.Name, version.Model!.Version, settled.Reason!);
                _ = version.Model.Retire();
            }
        }

        return entry;
    }

    private VersionEntry Load(ModelDirectory directory, long version, ModelConfig config, ModelEntry before)
    {
        var former = before.Ready.FirstOrDefault(entry => entry.Version == version);
        try
        {
            var fingerprint = directory.Fingerprint(version, config);
            if (former is not null && former.Fingerprint == fingerprint)
            {
                former.Model!.Session.KeepWhileUsed();
                return former with { Reason = null };
            }

            former?.Model!.Session.Replacing();
            var model = loader.Load(directory, version, config);
            return new VersionEntry(version, ModelState.Ready, Model: model, Fingerprint: fingerprint);
        }
        catch (Exception exception) // the boundary: whatever is wrong with one model, the others serve
        {
            var reason = TensorCheck.Short(exception.Message, ModelEntry.MaxReason);
            LogFailed(directory.Name, version.ToString(CultureInfo.InvariantCulture), reason);
            return (former ?? new VersionEntry(version, ModelState.Unavailable)) with { Reason = reason, Code = ModelEntry.CodeOf(exception) };
        }
    }

    private void LogLoaded(LoadedModel model)
    {
        LogLoaded(model.Name, model.Version, model.Digest, model.Placement.Provider, model.Placement.GpuId, model.Instances, model.Placement.Threads);
        if (model.Config.DynamicBatching is { MaxQueueDelayMicroseconds: > 0 and var delay } && TimeSpan.FromMicroseconds(delay) < DynamicBatcher.TimerResolution)
        {
            LogQueueDelayNotKept(model.Name, delay);
        }
    }

    private static Task Retire(ModelEntry entry, IEnumerable<LoadedModel> except) =>
        Task.WhenAll(entry.Ready.Select(version => version.Model!).Except(except).Select(model => model.Retire()).ToArray());

    private bool IsUnderWay(string name) => underWay.GetValueOrDefault(name) is { IsCompleted: false };

    private bool IsDue(string name) => !IsUnderWay(name)
        && (HasChanged(name) || retries.IsDue(name, table.Models.GetValueOrDefault(name) is { MayPass: true }));

    private bool HasChanged(string name) => FingerprintOf(DirectoryOf(name)) != seen.GetValueOrDefault(name);

    /// <summary>A directory that cannot be walked has its own fingerprint, so that it is tried again only when it has changed.</summary>
    private static string FingerprintOf(ModelDirectory directory)
    {
        try
        {
            return directory.Fingerprint();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private ModelDirectory DirectoryOf(string name) => new(Path.Combine(repository.Root, name));

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoaded, Level = LogLevel.Information, Message = "Model {Model} version {ModelVersion} is loaded: {ModelDigest}, on {Provider} (GPU {GpuId}), {Instances} instances, {Threads} threads a run")]
    private partial void LogLoaded(string model, string modelVersion, string modelDigest, string provider, int? gpuId, int instances, int threads);

    [LoggerMessage(EventName = TelemetryNames.Events.QueueDelayNotKept, Level = LogLevel.Warning, Message = "Model {Model} asks for a queue delay of {MaxQueueDelayMicroseconds} us; timers count whole milliseconds, so no request is held back")]
    private partial void LogQueueDelayNotKept(string model, long maxQueueDelayMicroseconds);

    [LoggerMessage(EventName = TelemetryNames.Events.ModelUnloaded, Level = LogLevel.Information, Message = "Model {Model} is unloaded")]
    private partial void LogUnloaded(string model);

    [LoggerMessage(EventName = TelemetryNames.Events.RepositoryUnreadable, Level = LogLevel.Error, Message = "The model repository cannot be read; what serves goes on, and it is looked at again: {Reason}")]
    private partial void LogUnreadable(string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoadFailed, Level = LogLevel.Error, Message = "Model {Model} version {ModelVersion} cannot be served: {Reason}")]
    private partial void LogFailed(string model, string modelVersion, string reason);
}
