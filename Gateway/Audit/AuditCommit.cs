using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Forwarding;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Pipeline;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Limits;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>Stage <c>audit.commit</c>: every row's record is on disk before the answer goes out.</summary>
internal sealed partial class AuditCommit(AuditLog audit, AnsweredVersions versions, SubjectKeys keys, GatewayMetrics metrics, IOptions<AuditOptions> options, TimeProvider time, ILogger<AuditCommit> log)
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private readonly Places late = new(AuditLog.LargestGroup); // of failures that nobody waits for any more
    private long gaveUp; // timestamp of the last answer that did not wait for its record; 0 = there was none

    private bool IsBestEffort => options.Value.Mode == AuditMode.BestEffort;

    /// <summary>That a request was answered without its record within the last minute because its time was nearly over; null when none was.</summary>
    public string? Late => Volatile.Read(ref gaveUp) is var at and not 0 && time.GetElapsedTime(at) is var ago && ago < Recent
        ? $"{ago.TotalSeconds:F0} s ago a record took longer to be written than its request had time"
        : null;

    /// <returns>Where the records are; null when they could not be written, or not in nine tenths of the time that was left, and <see cref="AuditOptions.Mode"/> answers nevertheless.</returns>
    /// <exception cref="ServiceError">Unavailable: a record could not be written, so there is no answer. DeadlineExceeded: none is written yet; it still may be.</exception>
    public async Task<AuditReference?> RunAsync(Answered answered, Deadline deadline)
    {
        using var place = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        try
        {
            var left = deadline.Left > TimeSpan.Zero ? deadline.Left : TimeSpan.Zero;
            var position = await WriteAsync(answered, place.Token).WaitAsync(IsBestEffort ? left * 0.9 : left, time, CancellationToken.None);
            return new(audit.Origin, position.Index, position.TreeSize);
        }
        catch (TimeoutException e)
        {
            await place.CancelAsync(); // what has its place comes when the disk goes on
            if (!IsBestEffort || deadline.Left <= TimeSpan.Zero)
            {
                throw new ServiceError(ErrorCode.DeadlineExceeded, "The request's time is over, and its record is not in the audit log yet.", e);
            }

            Volatile.Write(ref gaveUp, time.GetTimestamp());
            return Lost(e, answered);
        }
        catch (Exception e) when (IsOfTheLog(e) && IsBestEffort)
        {
            return Lost(e, answered);
        }
        catch (Exception e) when (IsOfTheLog(e))
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; no prediction is answered without its record.", e);
        }
    }

    /// <summary>The records of a request that was accepted and failed: on disk before the caller is told, when the log can be written and does not hang. Of one whose time is over they are only begun: it is told at once.</summary>
    public async Task RunAsync(Attempt failed, ServiceError error)
    {
        if (error.Code == ErrorCode.DeadlineExceeded)
        {
            _ = WriteLateAsync(failed, error);
            return;
        }

        using var patience = new CancellationTokenSource(options.Value.StallsAfter, time);
        try
        {
            await WriteAsync(failed, error, patience.Token).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // What has its place comes when the disk goes on.
        }
    }

    private async Task WriteLateAsync(Attempt failed, ServiceError error)
    {
        using var one = late.TryEnter();
        using var patience = new CancellationTokenSource(options.Value.StallsAfter, time);
        var writing = WriteAsync(failed, error, patience.Token);
        if (one is null)
        {
            await patience.CancelAsync(); // as many wait as may: it has its place in the log by now, or gets none
        }

        await writing;
    }

    private async Task<AuditPosition> WriteAsync(Answered answered, CancellationToken place)
    {
        var subjects = await KeysOfAsync(answered.Request);
        byte[][] records = [.. Enumerable.Range(0, answered.Request.Rows).Select(row => AuditRecord.Of(answered, row, subjects?[row]))];
        var started = time.GetTimestamp();
        var position = await versions.AppendAsync(answered, records, place);
        metrics.Committed(time.GetElapsedTime(started));
        return position;
    }

    private async Task WriteAsync(Attempt failed, ServiceError error, CancellationToken place)
    {
        try
        {
            var subjects = await KeysOfAsync(failed.Request);
            byte[][] records = [.. Enumerable.Range(0, failed.Request.Rows).Select(row => AuditRecord.Of(failed, error, row, subjects?[row]))];
            // Also when the caller is gone, or its time is over; who has waited for keys that long waits for a place too, as the disk goes on.
            await audit.AppendAsync(records, place.IsCancellationRequested && subjects is not null ? CancellationToken.None : place);
        }
        catch (Exception e) when (IsOfTheLog(e) || e is OperationCanceledException)
        {
            metrics.RecordsLost(failed.Request.Rows); // the log has said so, and the caller gets an error in any case
        }
    }

    /// <summary>The record of an inference that was forwarded as it is: on disk before the end of its answer goes out, unless the disk hangs.</summary>
    /// <exception cref="ServiceError">Unavailable: it could not be written, so the answer does not end.</exception>
    public async Task RunAsync(ForwardedInference inference)
    {
        using var patience = new CancellationTokenSource(options.Value.StallsAfter, time); // also when the caller is gone
        try
        {
            await audit.AppendAsync([inference.ToJson()], patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception e) when (IsOfTheLog(e) || e is OperationCanceledException)
        {
            metrics.RecordsLost(1);
            if (!IsBestEffort)
            {
                throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; no inference is answered without its record.", e);
            }

            LogLost(e, null, 1);
        }
    }

    private AuditReference? Lost(Exception e, Answered answered)
    {
        metrics.RecordsLost(answered.Request.Rows);
        LogLost(e, answered.Predictions[0].PredictionId, answered.Request.Rows);
        return null;
    }

    /// <summary>A disk that does not write, or keys that are damaged.</summary>
    private static bool IsOfTheLog(Exception e) => e is IOException or InvalidDataException;

    private async ValueTask<SubjectKey[]?> KeysOfAsync(PredictRequest request) => request.Subjects is { } subjects ? await keys.OfAsync(subjects) : null;

    [LoggerMessage(EventName = TelemetryNames.Events.AuditRecordsLost, Level = LogLevel.Critical, Message = "{Rows} predictions are answered without an audit record; the first is {PredictionId}")]
    private partial void LogLost(Exception exception, string? predictionId, int rows);
}
