using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>Seals segments that ended, and removes those that are older than <see cref="AuditOptions.Retention"/>: first the log's statement, then a checkpoint over it, then the file.</summary>
internal sealed partial class SegmentKeeper(
    AuditLog audit, CheckpointWriter checkpoints, WorkerHealth worker, TimeProvider time, IOptions<AuditOptions> options, ILogger<SegmentKeeper> log)
    : PeriodicWorker("segments", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> failing = []; // paths of those whose failure is told

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        foreach (var segment in audit.EndedSegments.Where(segment => !segment.IsRemoved && !audit.IsDoubted))
        {
            await KeepAsync(segment, stopping);
        }
    }

    private async Task KeepAsync(Segment segment, CancellationToken stopping)
    {
        try
        {
            if (segment.Seal is null)
            {
                segment.Seal = Seal.Make(segment, audit.SealSignature);
                LogSealed(segment.LogPath, segment.Seal.Records);
            }

            if (audit.StatementOf(segment.Seal) is { } statement)
            {
                Remove(segment, statement);
            }
            else if (Time.GetUtcNow() - segment.Seal.To >= options.Value.Retention)
            {
                await audit.AppendAsync([SegmentRemoved.Record(segment.Seal, Time.GetUtcNow())], stopping);
            }

            failing.Remove(segment.LogPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            if (failing.Add(segment.LogPath)) // tried again every second, told once
            {
                LogNotKept(e, segment.LogPath);
            }
        }
    }

    private void Remove(Segment segment, long statement)
    {
        if (statement < checkpoints.Covered)
        {
            segment.IsRemoved = true; // before it is: who finds no file looks here why
            try
            {
                File.Delete(segment.LogPath);
            }
            catch
            {
                segment.IsRemoved = false;
                throw;
            }

            audit.ForgetRemoved();
            LogRemoved(segment.LogPath, segment.Seal!.Records);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditSegmentSealed, Level = LogLevel.Information, Message = "Segment {Path} of the audit log is sealed with {Count} records.")]
    private partial void LogSealed(string path, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditSegmentRemoved, Level = LogLevel.Information, Message = "Segment {Path} of the audit log, {Count} records, is removed as its retention says.")]
    private partial void LogRemoved(string path, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditSegmentNotKept, Level = LogLevel.Error, Message = "Segment {Path} of the audit log cannot be sealed or removed")]
    private partial void LogNotKept(Exception exception, string path);
}
