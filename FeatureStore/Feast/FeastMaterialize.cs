using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Feast's <c>/materialize</c> and <c>/materialize-incremental</c>. Which views are being materialized is known to this replica only.</summary>
internal sealed partial class FeastMaterialize(ServedRegistry served, Materializer materializer, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FeastMaterialize> log)
{
    // Guards itself: of each view that asynchronous requests are materializing, how many are.
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);

    /// <summary>Materializes between two moments.</summary>
    /// <exception cref="FeastError">The request is wrong, or no log is kept.</exception>
    public Task<MaterializeOutcome> RunAsync(MaterializeRequest request, MaterializeMode mode, CancellationToken cancellationToken)
    {
        var (snapshot, views) = Views(request.FeatureViews, request.Version);
        if (request.DisableEventTimestamp == true)
        {
            return RunAsync(new Job(snapshot, views, DateTimeOffset.UnixEpoch, time.GetUtcNow()), mode, cancellationToken);
        }
        if (string.IsNullOrEmpty(request.StartTs) || string.IsNullOrEmpty(request.EndTs))
        {
            throw FeastError.Other("start_ts and end_ts are required when disable_event_timestamp is False");
        }
        var (start, end) = (Time(request.StartTs), Time(request.EndTs));
        return start < end ? RunAsync(new Job(snapshot, views, start, end), mode, cancellationToken) : throw FeastError.Other($"start_ts ({start:O}) must be before end_ts ({end:O})");
    }

    /// <summary>Materializes from where each view was materialized to.</summary>
    /// <exception cref="FeastError">The request is wrong, or no log is kept.</exception>
    public Task<MaterializeOutcome> RunAsync(MaterializeIncrementalRequest request, MaterializeMode mode, CancellationToken cancellationToken)
    {
        var (snapshot, views) = Views(request.FeatureViews, request.Version);
        return RunAsync(new Job(snapshot, views, null, Time(request.EndTs ?? throw FeastError.Missing("end_ts"))), mode, cancellationToken);
    }

    private static DateTimeOffset Time(string text) => WireTime.TryParseFeast(text, out var moment) ? moment : throw FeastError.Other($"Invalid timestamp format: {text}");

    private (RegistrySnapshot Snapshot, FeatureView[] Views) Views(List<string>? names, string? version)
    {
        var snapshot = served.Current;
        var registry = snapshot.Registry;
        if (version is not null)
        {
            throw FeastError.Other("version is not supported: a view's rows are kept by its layout");
        }
        FeatureView[] views = names is null ? [.. registry.Views] : [.. names.Select(name => registry.View(name) ?? throw FeastError.ViewNotFound(name, registry.Project))];
        if (names is not null && views.OfType<AggregateView>().FirstOrDefault(view => !view.OwnOffsets) is { } aggregate)
        {
            throw FeastError.Other($"Feature view {aggregate.Name} cannot be materialized: its tiles count the events of '{aggregate.Source.Name}' as they are pushed, and a row that is there already would count twice (but with 'ownOffsets').");
        }
        return materializer.HasLog ? (snapshot, views) : throw FeastError.Other("There is no offline store to materialize from: Offline__Directory is not set.");
    }

    private async Task<MaterializeOutcome> RunAsync(Job job, MaterializeMode mode, CancellationToken cancellationToken)
    {
        if (!mode.Async)
        {
            await RunAsync(job, cancellationToken);
            return new MaterializeOutcome(null, null);
        }
        string[] names = [.. job.Views.Select(view => view.Name)];
        lock (running)
        {
            string[] conflicting = [.. names.Where(running.ContainsKey)];
            if (conflicting.Length > 0 && !mode.Force)
            {
                return new MaterializeOutcome(null, new MaterializeConflict($"Cannot start async materialization — the following feature views are already in MATERIALIZING state: [{string.Join(", ", conflicting.Select(name => $"'{name}'"))}]. Use ?force=true to override.", conflicting));
            }
            Count(names, 1);
        }
        _ = Task.Run(() => RunInBackgroundAsync(job, names, lifetime.ApplicationStopping), CancellationToken.None);
        return new MaterializeOutcome(new MaterializeAccepted("accepted", names), null);
    }

    private async Task RunInBackgroundAsync(Job job, string[] names, CancellationToken stopping)
    {
        try
        {
            await RunAsync(job, stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            var views = string.Join(", ", names);
            LogFailed(e, views);
        }
        finally
        {
            lock (running)
            {
                Count(names, -1);
            }
        }
    }

    private void Count(string[] names, int more)
    {
        foreach (var name in names)
        {
            running[name] = running.GetValueOrDefault(name) + more;
            if (running[name] == 0)
            {
                running.Remove(name);
            }
        }
    }

    private async Task RunAsync(Job job, CancellationToken cancellationToken)
    {
        foreach (var view in job.Views.OfType<RowView>())
        {
            await materializer.RunAsync(job.Snapshot, view, job.Start, job.End, cancellationToken);
        }
        foreach (var view in job.Views.OfType<AggregateView>().Where(view => view.OwnOffsets))
        {
            await materializer.FillAsync(job.Snapshot, view, cancellationToken);
        }
    }

    private sealed record Job(RegistrySnapshot Snapshot, FeatureView[] Views, DateTimeOffset? Start, DateTimeOffset End);

    [LoggerMessage(EventName = TelemetryNames.Events.MaterializeFailed, Level = LogLevel.Error, Message = "The views {FeatureViews} are not materialized to the end asked for.")]
    private partial void LogFailed(Exception exception, string featureViews);
}

/// <summary>Query of the two routes.</summary>
/// <param name="Async">Answer 202 at once and go on.</param>
/// <param name="Force">Start although a view is being materialized.</param>
internal readonly record struct MaterializeMode(bool Async, bool Force);

/// <summary>What came of a request; both null = it is done.</summary>
internal sealed record MaterializeOutcome(MaterializeAccepted? Accepted, MaterializeConflict? Conflict);
