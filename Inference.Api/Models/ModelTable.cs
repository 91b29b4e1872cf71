using System.Collections.Immutable;
using System.Globalization;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models;

/// <summary>The models being served: an immutable snapshot, swapped whole. Readers take one reference and no lock.</summary>
internal sealed class ModelTable
{
    public const string BeingLoaded = "models are being loaded";
    private readonly Lock writing = new(); // guards the swap of models and changed against other writers
    private volatile TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ImmutableSortedDictionary<string, ModelEntry> models = ImmutableSortedDictionary.Create<string, ModelEntry>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, ModelEntry> Models => models;

    /// <summary>The versions that serve.</summary>
    public IEnumerable<LoadedModel> Loaded => models.Values.SelectMany(entry => entry.Ready).Select(version => version.Model!);

    /// <summary>The versions that have been asked since they were loaded. What is told of each version is told of these: OpenTelemetry keeps 2,000 series of a metric apart, and there may be more models.</summary>
    public IEnumerable<LoadedModel> Asked => Loaded.Where(model => model.Statistics.HasCounted || model.Waiting > 0);

    /// <summary>True once every model of the repository has been loaded or refused.</summary>
    public bool IsLoaded => NotLoadedReason is null;

    /// <summary>Why <see cref="IsLoaded"/> is false; null when it is true.</summary>
    public string? NotLoadedReason { get; private set; } = BeingLoaded;

    /// <summary>Completes at the next change of <see cref="Models"/> or <see cref="IsLoaded"/>. Take it before reading what it is to guard.</summary>
    public Task Changed => changed.Task;

    /// <summary>Puts <paramref name="entry"/> in the place of the one of the same name.</summary>
    public void Publish(ModelEntry entry)
    {
        lock (writing)
        {
            models = models.SetItem(entry.Name, entry);
            Signal();
        }
    }

    /// <summary>Puts <paramref name="entry"/> where there is none of its name.</summary>
    /// <returns>False when there are <paramref name="most"/> others already.</returns>
    public bool TryAdd(ModelEntry entry, int most)
    {
        lock (writing)
        {
            if (!models.ContainsKey(entry.Name))
            {
                if (models.Count >= most)
                {
                    return false;
                }

                models = models.Add(entry.Name, entry);
                Signal();
            }

            return true;
        }
    }

    public void Remove(string name)
    {
        lock (writing)
        {
            models = models.Remove(name);
            Signal();
        }
    }

    /// <summary>Says what the first loading waits for; nothing once it is over.</summary>
    public void DelayLoading(string reason)
    {
        lock (writing)
        {
            NotLoadedReason = NotLoadedReason is null ? null : reason;
        }
    }

    public void FinishLoading()
    {
        lock (writing)
        {
            if (NotLoadedReason is not null)
            {
                NotLoadedReason = null;
                Signal();
            }
        }
    }

    /// <exception cref="ServiceError">NotFound: no model of that name is known.</exception>
    public ModelEntry Get(string name) =>
        models.TryGetValue(name, out var entry) ? entry : throw new ServiceError(ErrorCode.NotFound, $"unknown model '{TensorCheck.Short(name)}'", "model_name");

    /// <param name="version">Null or empty = the newest that is ready.</param>
    /// <returns>A loaded model that stays loaded until the lease is disposed.</returns>
    /// <exception cref="ServiceError">NotFound: unknown model or version. NotReady: known, but not loaded; the message says why.</exception>
    public ModelLease Acquire(string name, string? version)
    {
        while (true)
        {
            var model = Find(name, version).Model!;
            if (model.TryAcquire())
            {
                return new ModelLease(model);
            }

            // It was retired between the look-up and now: the table already has its successor, or says that there is none.
        }
    }

    /// <summary>The ready version that a request for <paramref name="version"/> means.</summary>
    /// <exception cref="ServiceError">As <see cref="Acquire"/>.</exception>
    public VersionEntry Find(string name, string? version)
    {
        var entry = Get(name);
        if (string.IsNullOrEmpty(version))
        {
            return entry.Versions.LastOrDefault(candidate => candidate.State == ModelState.Ready)
                ?? throw new ServiceError(ErrorCode.NotReady, $"model '{name}' is not ready: {entry.FirstProblem ?? "no version is loaded"}");
        }

        return Find(entry, version);
    }

    /// <summary>By itself, because its closure would be made for every request.</summary>
    private static VersionEntry Find(ModelEntry entry, string version)
    {
        var found = entry.Versions.FirstOrDefault(candidate => candidate.Version.ToString(CultureInfo.InvariantCulture) == version)
            ?? throw (entry.Reason is { } reason
                ? new ServiceError(ErrorCode.NotReady, $"model '{entry.Name}' is not ready: {reason}")
                : new ServiceError(ErrorCode.NotFound, $"model '{entry.Name}' has no version '{TensorCheck.Short(version)}'", "model_version"));
        return found.State == ModelState.Ready ? found
            : throw new ServiceError(ErrorCode.NotReady, $"version {version} of model '{entry.Name}' is not ready: {found.Reason ?? found.State.ToString().ToLowerInvariant()}");
    }

    private void Signal()
    {
        var past = changed;
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        past.SetResult();
    }
}
