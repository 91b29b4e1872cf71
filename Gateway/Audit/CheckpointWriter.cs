using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace MlAspire.Gateway.Audit;

/// <summary>Writes a checkpoint every second in which the log grew, and at the end, says it in the service's log and copies it to Redis, so that it is also where an operator keeps these. What came after the last one could be cut off unseen; that is the exposure.</summary>
internal sealed partial class CheckpointWriter(AuditLog audit, IConnectionMultiplexer redis, WorkerHealth worker, TimeProvider time, IOptions<AuditOptions> options, ILogger<CheckpointWriter> log)
    : PeriodicWorker("checkpoints", Interval, worker, time)
{
    /// <summary>What the log's name follows in the key of the copy.</summary>
    public const string RedisPrefix = "mlaspire:audit:checkpoint:";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long written = -1;

    /// <summary>Records that the newest checkpoint on disk covers, as far as this process wrote it.</summary>
    public long Covered => Volatile.Read(ref written);

    /// <summary>The newest checkpoint in its signed form, in base64; null until there is one. Who keeps it from an answer can show the log to be cut or rewritten since.</summary>
    public string? Newest { get; private set; }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Write();
    }

    protected override Task TurnAsync(CancellationToken stopping)
    {
        Write();
        return Task.CompletedTask;
    }

    private void Write()
    {
        var size = audit.Count;
        if (size == written)
        {
            return;
        }

        try
        {
            var note = CheckpointFile.Write(options.Value.Directory, audit); // covers size records at least
            Newest = Convert.ToBase64String(note);
            Volatile.Write(ref written, size);
            var text = Encoding.UTF8.GetString(note);
            LogSigned(size, text);
            Copy(note);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(e, size); // tried again in a second; the log itself says when it cannot be written
        }
    }

    private void Copy(byte[] note)
    {
        try
        {
            redis.GetDatabase().StringSet(RedisPrefix + audit.Origin, note, flags: CommandFlags.FireAndForget);
        }
        catch (RedisException)
        {
            // The connection itself says that it is lost; the next checkpoint is copied again.
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.CheckpointSigned, Level = LogLevel.Information, Message = "The audit log has {Count} records at least: {Checkpoint}")]
    private partial void LogSigned(long count, string checkpoint);

    [LoggerMessage(EventName = TelemetryNames.Events.CheckpointNotWritten, Level = LogLevel.Error, Message = "The checkpoint of {Count} records cannot be written")]
    private partial void LogNotWritten(Exception exception, long count);
}
