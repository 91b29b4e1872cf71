using System.Collections.Concurrent;
using System.Text.Json;
using MlAspire.Gateway.Idempotency;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit.Reports;

/// <summary>Has reports in the audit log: one that is sent again under its idempotency key is recorded once, also after a restart, until retention removes its record. Thread-safe.</summary>
internal sealed class RecordedReports(AuditLog log)
{
    private readonly ConcurrentDictionary<string, Task> inProgress = []; // by id; as many as there are requests

    /// <returns>Index of the record, which is on disk, and whether it was there before.</returns>
    /// <exception cref="ServiceError">InvalidArgument: the key was used for another report.</exception>
    /// <exception cref="IOException">The log cannot be written. What was sent before under the same key may still be recorded; of this nothing is.</exception>
    public async Task<(long Index, bool Replayed)> RecordAsync(ReportedEvent report, CancellationToken cancellationToken)
    {
        if (report.Id is not { } id)
        {
            return (await AppendAsync(report, cancellationToken), false);
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (inProgress.GetOrAdd(id, done.Task) is var other && other != done.Task)
        {
            log.ThrowIfStalled(); // what is waited for waits for the disk
            await other.WaitAsync(cancellationToken);
        }

        try
        {
            return Find(id, report) is { } index ? (index, true) : (await AppendAsync(report, cancellationToken), false);
        }
        finally
        {
            inProgress.TryRemove(id, out _);
            done.SetResult();
        }
    }

    private long? Find(string id, ReportedEvent report)
    {
        if (log.Find(id) is not [var index, ..])
        {
            return null;
        }

        if (log.Read(index) is not { } record)
        {
            return index; // retention has removed it since it was found
        }

        // As RecordedPrediction: what it was found by is in the seal, and no proof covers that.
        var found = AuditRecord.ReportIdOf(record) == id ? JsonSerializer.Deserialize(record, ReportJson.Default.ReportedEvent)!
            : throw new InvalidDataException("The audit log's seal leads from a report to another record.");
        return ToJson(found with { Timestamp = report.Timestamp, CorrelationId = report.CorrelationId }).AsSpan().SequenceEqual(ToJson(report)) ? index
            : throw new ServiceError(ErrorCode.InvalidArgument, "Was used for another report.", IdempotencyKey.Header);
    }

    private async Task<long> AppendAsync(ReportedEvent report, CancellationToken cancellationToken) =>
        (await log.AppendAsync([ToJson(report)], cancellationToken)).Index;

    private static byte[] ToJson(ReportedEvent report) => JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Default.ReportedEvent);
}
