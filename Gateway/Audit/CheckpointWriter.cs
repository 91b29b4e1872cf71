using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>Signs a checkpoint every second in which the log grew, and at the end; writes it beside the log, says it in the service's log and copies it to Redis, so that it is also where an operator keeps these. What came after the last one could be cut off unseen; that is the exposure.</summary>
/// <remarks>Each is on its own: what cannot be written to disk is in the other two all the same, and is tried again every second.</remarks>
internal sealed partial class CheckpointWriter(
    AuditLog audit, CheckpointCopy copy, WorkerHealth worker, GatewayMetrics metrics, TimeProvider time, IOptions<AuditOptions> options, ILogger<CheckpointWriter> log)
    : PeriodicWorker("checkpoints", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OverdueAfter = TimeSpan.FromSeconds(5);

    private long signed = -1; // records that the newest one covers at least; -1: this process has made none
    private byte[] note = []; // the newest one
    private long copied = -1; // records that the copy covers
    private long written = audit.Checkpointed;
    private long behind; // timestamp since when the one on disk is not the newest; 0 = it is

    /// <summary>Records that the checkpoint on disk covers.</summary>
    public long Covered => Volatile.Read(ref written);

    /// <summary>That the checkpoint on disk has been behind the log for longer than it may; null when that is not so.</summary>
    public string? Overdue => Volatile.Read(ref behind) is var since and not 0 && Time.GetElapsedTime(since) is var late && late >= OverdueAfter
        ? $"the audit log's checkpoint has not been written for {late.TotalSeconds:F0} s: the newest {Uncovered} records could be cut off unseen"
        : null;

    private long Uncovered => audit.Count - Math.Max(0, Covered);

    /// <summary>The newest checkpoint in its signed form, in base64; null until there is one. Who keeps it from an answer can show the log to be cut or rewritten since.</summary>
    public string? Newest { get; private set; }

    /// <exception cref="InvalidDataException">The log is not the one that its copied checkpoint covers.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Uncovered(() => Uncovered);
        await copy.CompareAsync();
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is not null) // it was started: nothing refused the log before
        {
            Write();
        }
    }

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        try
        {
            await copy.CompareAsync();
        }
        catch (InvalidDataException e)
        {
            audit.Refuse(e);
            throw;
        }

        Write();
    }

    private void Write()
    {
        if (audit.IsDoubted)
        {
            return; // what was seen before is not overwritten by what is not its continuation
        }

        var size = audit.Count;
        if (size != signed)
        {
            Sign(size);
        }

        if (signed != copied && copy.Replace(note))
        {
            copied = signed;
        }

        if (signed != written)
        {
            WriteFile();
        }
    }

    private void Sign(long size)
    {
        (note, signed) = (CheckpointFile.Sign(audit), size); // covers size records at least
        Newest = Convert.ToBase64String(note);
        var text = Encoding.UTF8.GetString(note);
        LogSigned(size, text);
    }

    private void WriteFile()
    {
        Interlocked.CompareExchange(ref behind, Time.GetTimestamp(), 0); // before: the disk may hang
        try
        {
            CheckpointFile.Write(options.Value.Directory, note);
            Volatile.Write(ref written, signed);
            Volatile.Write(ref behind, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(e, signed); // tried again in a second; the log itself says when it cannot be written
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.CheckpointSigned, Level = LogLevel.Information, Message = "The audit log has {Count} records at least: {Checkpoint}")]
    private partial void LogSigned(long count, string checkpoint);

    [LoggerMessage(EventName = TelemetryNames.Events.CheckpointNotWritten, Level = LogLevel.Error, Message = "The checkpoint of {Count} records cannot be written")]
    private partial void LogNotWritten(Exception exception, long count);
}
