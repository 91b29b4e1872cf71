using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The act of writing: checked rows become tile increments and rows, in one script a push; before that they are in the log, where one is kept.</summary>
internal sealed partial class Ingestor(
    ServedRegistry registry, PushScript script, PushApplier applier, OfflineStore offline, RowQuarantine quarantine, SourceTimes times, FeatureStoreMetrics metrics, Steps steps, ILogger<Ingestor> log)
{
    /// <summary>Takes all rows or none, or, as the request says, those without a wrong value. Rows of a producer that were counted before are skipped.</summary>
    /// <exception cref="ServiceError">NotFound: no such source. InvalidArgument: something is wrong in the rows. Unavailable: Redis does not answer, or the log cannot be written. Overloaded: the quarantine is full, or as the log says, as NotReady.</exception>
    public async Task<PushResponse> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        if (request.OnError is not (null or "quarantine"))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "must be \"quarantine\"", "on_error");
        }
        var problems = new FieldProblems(request.OnError is not null);
        var rows = await CheckAsync(problems, request, Find(request.PushSourceName), WireTime.WithOffset, cancellationToken);
        if (problems.Poison.Count == 0)
        {
            return await WriteAsync(rows, cancellationToken);
        }
        var aside = quarantine.Entries(request, problems.Poison);
        await quarantine.AddAsync(rows.Target.Keys, aside.Values, cancellationToken);
        metrics.Quarantined(rows.Target.Source.Name, problems.Poison.Count);
        LogRefused(problems.Poison.Count, rows.Target.Source.Name, "quarantined");
        return await WriteAsync(rows.WithIdle(aside.Keys) with { SetAside = aside }, cancellationToken) with { Quarantined = problems.Poison.Count };
    }

    /// <summary>Takes all rows, which were checked, or none.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer, or the log cannot be written. Overloaded, NotReady: as the log says.</exception>
    public async Task<PushResponse> WriteAsync(PushedRows rows, CancellationToken cancellationToken)
    {
        var source = rows.Target.Source.Name;
        var (skipped, repeated, _) = await TakeAsync(source, rows, cancellationToken);
        var accepted = rows.ChangingCount - skipped - repeated;
        metrics.Pushed(source, accepted, skipped, repeated);
        return new PushResponse(accepted, skipped) { Repeated = repeated };
    }

    /// <summary>The rows of a request, checked; <see cref="RowCheck"/> says how. What is refused is counted.</summary>
    public async Task<PushedRows> CheckAsync(FieldProblems problems, PushRequest request, PushTarget target, WireTime time, CancellationToken cancellationToken)
    {
        var step = RefusalReason.Columns;
        try
        {
            var rows = RowCheck.Rows(problems, request, target, time, ref step);
            step = RefusalReason.Late;
            rows = await CheckLateAsync(problems, rows, cancellationToken);
            RowCheck.CheckRules(problems, rows, ref step);
            return rows;
        }
        catch (ServiceError e) when (e.Code == ErrorCode.InvalidArgument)
        {
            var count = DataFrame.RowsIn(request.Df);
            metrics.Refused(target.Source.Name, count, step);
            LogRefused(count, target.Source.Name, FeatureStoreMetrics.Reason(step));
            throw;
        }
        finally
        {
            foreach (var (feature, count) in problems.Unseen)
            {
                metrics.Unseen(target.Source.Name, feature, count);
            }
        }
    }

    /// <exception cref="ServiceError">InvalidArgument: not the name of a producer. Unavailable: Redis does not answer.</exception>
    public async Task<ProducerResponse> ProducerAsync(string producer, CancellationToken cancellationToken)
    {
        if (!RowCheck.IsProducer(producer))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "must be 1 to 128 letters, digits, '.', '_' or '-'", "producer");
        }
        return new ProducerResponse(producer, (await script.CountedAsync(registry.Current.Keys, producer, null, cancellationToken)).Next);
    }

    /// <summary>Which rows are late, and which are known by their ids, is decided here, once: the log keeps it.</summary>
    private async Task<PushedRows> CheckLateAsync(FieldProblems problems, PushedRows rows, CancellationToken cancellationToken)
    {
        var source = rows.Target.Source;
        if (source.Lateness is not { } lateness)
        {
            return rows;
        }
        var before = times.Watermark(source.Name) - lateness;
        int[] good = [.. Enumerable.Range(0, rows.Count).Where(row => !problems.Poison.ContainsKey(row))];
        int[] late = [.. good.Where(row => rows.EventTimes[row] < before)];
        if (source.Late == LateRows.Refuse && late.Length > 0)
        {
            late = await NotCountedAsync(rows, late, cancellationToken);
        }
        metrics.Late(source.Name, late.Length);
        if (source.Late == LateRows.Refuse)
        {
            foreach (var row in late)
            {
                problems.Add(new RowField($"df.{source.EventTime}", row), $"is late: '{source.Name}' takes nothing older than {before:O}");
            }
            problems.ThrowIfAny();
        }
        if (source.EventId is not { } id)
        {
            return rows;
        }
        var (ids, field) = (new UInt128[rows.Count], source.IndexOf(id));
        foreach (var row in good)
        {
            ids[row] = EventIds.Hash(rows.Row(row)[field]);
        }
        return rows with { EventIds = new EventIds(ids, times.LeastWatermark - lateness) };
    }

    /// <summary>What is counted by its offset is not late when it is sent again. While the log is still being applied nobody knows what is.</summary>
    private async Task<int[]> NotCountedAsync(PushedRows rows, int[] late, CancellationToken cancellationToken)
    {
        if (rows.Offsets is not { } offsets)
        {
            return late;
        }
        offline.Ingest?.EnsureCaughtUp();
        var counted = await script.CountedAsync(rows.Target.Keys, offsets.Producer, null, cancellationToken);
        return Array.FindAll(late, row => !counted.Has(offsets.First + row));
    }

    private async Task<Applied> TakeAsync(string source, PushedRows rows, CancellationToken cancellationToken)
    {
        try
        {
            return await steps.RunAsync(FeatureStoreMetrics.Push(source, rows.Count), async () => offline.Ingest is { } log ? await log.PushAsync(rows, cancellationToken) : await applier.ApplyAsync(rows, false, cancellationToken));
        }
        catch
        {
            metrics.NotPushed(source, rows.Count);
            throw;
        }
    }

    private PushTarget Find(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "is missing", "push_source_name");
        }
        return registry.Current.Targets.Source(name) ?? throw new ServiceError(ErrorCode.NotFound, "There is no push source of that name.", "push_source_name");
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RowsRefused, Level = LogLevel.Warning, Message = "Refused {Rows} rows of {PushSource}: {Reason}.")]
    private partial void LogRefused(int rows, string pushSource, string reason);
}
