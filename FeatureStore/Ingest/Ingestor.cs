using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The act of writing: checked rows become tile increments and rows, in one script a push; before that they are in the log, where one is kept.</summary>
internal sealed partial class Ingestor(
    ServedRegistry registry, PushScript script, PushApplier applier, OfflineStore offline, RowQuarantine quarantine, FeatureStoreMetrics metrics, Steps steps, ILogger<Ingestor> log)
{
    /// <summary>Takes all rows or none, or, as the request says, those without a wrong value. Rows of a producer that were counted before are skipped.</summary>
    /// <exception cref="ServiceError">NotFound: no such source. InvalidArgument: something is wrong in the rows. Unavailable: Redis does not answer, or the log cannot be written. Overloaded: the quarantine is full, or as the log says, as NotReady.</exception>
    public async Task<PushResponse> PushAsync(PushRequest request, CancellationToken cancellation)
    {
        if (request.OnError is not (null or "quarantine")) { throw new ServiceError(ErrorCode.InvalidArgument, "must be \"quarantine\"", "on_error"); }
        var problems = new FieldProblems(request.OnError is not null);
        var rows = Check(problems, request, Find(request.PushSourceName), WireTime.WithOffset);
        if (problems.Poison.Count == 0) { return await WriteAsync(rows, cancellation); }
        await quarantine.AddAsync(rows.Target.Keys, request, problems.Poison, cancellation);
        metrics.Quarantined(rows.Target.Source.Name, problems.Poison.Count);
        LogRefused(problems.Poison.Count, rows.Target.Source.Name, "quarantined");
        var response = new PushResponse(0, 0) { Quarantined = problems.Poison.Count };
        foreach (var piece in rows.Without(problems.Poison.Keys))
        {
            var (accepted, skipped) = await WriteAsync(piece, cancellation);
            response = response with { Accepted = response.Accepted + accepted, Skipped = response.Skipped + skipped };
        }
        return response;
    }

    /// <summary>Takes all rows, which were checked, or none.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer, or the log cannot be written. Overloaded, NotReady: as the log says.</exception>
    public async Task<PushResponse> WriteAsync(PushedRows rows, CancellationToken cancellation)
    {
        var source = rows.Target.Source.Name;
        var skipped = await TakeAsync(source, rows, cancellation);
        metrics.Pushed(source, rows.Count - skipped, skipped);
        return new PushResponse(rows.Count - skipped, skipped);
    }

    /// <summary>The rows of a request, checked; <see cref="RowCheck"/> says how. What is refused is counted.</summary>
    public PushedRows Check(FieldProblems problems, PushRequest request, PushTarget target, WireTime time)
    {
        var step = RefusalReason.Columns;
        try
        {
            return RowCheck.Rows(problems, request, target, time, ref step);
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
            foreach (var (feature, count) in problems.Unseen) { metrics.Unseen(target.Source.Name, feature, count); }
        }
    }

    /// <exception cref="ServiceError">InvalidArgument: not the name of a producer. Unavailable: Redis does not answer.</exception>
    public async Task<ProducerResponse> ProducerAsync(string producer, CancellationToken cancellation)
    {
        if (!RowCheck.IsProducer(producer)) { throw new ServiceError(ErrorCode.InvalidArgument, "must be 1 to 128 letters, digits, '.', '_' or '-'", "producer"); }
        return new ProducerResponse(producer, (await script.CountedAsync(registry.Current.Keys, producer, null, cancellation)).Next);
    }

    private async Task<int> TakeAsync(string source, PushedRows rows, CancellationToken cancellation)
    {
        try
        {
            return await steps.RunAsync(FeatureStoreMetrics.Push(source, rows.Count), async () => offline.Ingest is { } log ? await log.PushAsync(rows, cancellation) : (await applier.ApplyAsync(rows, false, cancellation)).Skipped);
        }
        catch
        {
            metrics.NotPushed(source, rows.Count);
            throw;
        }
    }

    private PushTarget Find(string? name)
    {
        if (string.IsNullOrEmpty(name)) { throw new ServiceError(ErrorCode.InvalidArgument, "is missing", "push_source_name"); }
        return registry.Current.Targets.Source(name) ?? throw new ServiceError(ErrorCode.NotFound, "There is no push source of that name.", "push_source_name");
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RowsRefused, Level = LogLevel.Warning, Message = "Refused {Rows} rows of {PushSource}: {Reason}.")]
    private partial void LogRefused(int rows, string pushSource, string reason);
}
