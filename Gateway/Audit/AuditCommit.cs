using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit;

/// <summary>Stage <c>audit.commit</c>: every row's record is on disk before the answer goes out.</summary>
internal sealed class AuditCommit(AuditLog log, GatewayMetrics metrics, TimeProvider time)
{
    /// <exception cref="ServiceError">Unavailable: a record could not be written, so there is no answer.</exception>
    public async Task<AuditReference> RunAsync(Answered answered, CancellationToken cancellation)
    {
        try
        {
            byte[][] records = [.. Enumerable.Range(0, answered.Request.Rows).Select(row => AuditRecord.Of(answered, row))];
            var started = time.GetTimestamp();
            var position = await log.AppendAsync(records, cancellation).ConfigureAwait(false);
            metrics.Committed(records.Length, time.GetElapsedTime(started));
            return new(log.Origin, position.Index, position.TreeSize);
        }
        catch (IOException e)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; no prediction is answered without its record.", e);
        }
    }
}
