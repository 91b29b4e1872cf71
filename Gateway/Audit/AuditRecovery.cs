using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Diagnostics;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>While the log cannot be written, tries it every second with a record of its own, and the subjects' keys likewise: the gateway gets ready again without a request. Says when the disk hangs.</summary>
internal sealed partial class AuditRecovery(AuditLog audit, SubjectKeys keys, WorkerHealth worker, GatewayMetrics metrics, TimeProvider time, ILogger<AuditRecovery> log)
    : PeriodicWorker("audit", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private Task<AuditPosition>? trying; // the record that is not known to be written or not
    private bool stalled;
    private bool keysFailed;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Verifying(() => audit.VerifyFailures);
        metrics.Recording(() => audit.Acknowledged.Now);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        if ((audit.Stall ?? keys.Stall) is { } stall)
        {
            if (!stalled)
            {
                LogStalled(stall);
            }

            stalled = true;
            return; // tried again when the write is over
        }

        stalled = false;
        if (trying is not null || audit is { Failure: not null, IsRefused: false })
        {
            await TryAsync(stopping);
        }

        if (keys.Failure is { } failure)
        {
            await TryKeysAsync(failure, stopping);
        }
    }

    private async Task TryAsync(CancellationToken stopping)
    {
        try
        {
            var record = new AuditResumed(AuditRecord.Schema, AuditResumed.EventName, Time.GetUtcNow(), audit.Failure ?? "");
            trying ??= audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(record, AuditResumedJson.Default.AuditResumed)], stopping);
            await trying.WaitAsync(Interval, Time, stopping);
            trying = null;
            LogResumed();
        }
        catch (IOException)
        {
            trying = null; // as before: the log has said so
        }
        catch (TimeoutException)
        {
            // When the disk hangs, a later turn says so.
        }
    }

    private async Task TryKeysAsync(string failure, CancellationToken stopping)
    {
        if (!keysFailed)
        {
            LogKeysFailed(failure);
        }

        keysFailed = true;
        try
        {
            await keys.TryAsync().WaitAsync(Interval, Time, stopping);
            keysFailed = false;
            LogKeysResumed();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // As before; when the disk hangs, the next turn says so.
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditStalled, Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void LogStalled(string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditResumed, Level = LogLevel.Information, Message = "The audit log can be written again.")]
    private partial void LogResumed();

    [LoggerMessage(EventName = TelemetryNames.Events.SubjectKeysFailed, Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void LogKeysFailed(string reason);

    [LoggerMessage(EventName = TelemetryNames.Events.SubjectKeysResumed, Level = LogLevel.Information, Message = "Keys of subjects can be written again.")]
    private partial void LogKeysResumed();
}

/// <summary>The first record after some that could not be written.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Reason">Why the last one could not.</param>
internal sealed record AuditResumed(int Schema, string Event, DateTimeOffset Timestamp, string Reason)
{
    public const string EventName = "audit_resumed";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditResumed))]
internal sealed partial class AuditResumedJson : JsonSerializerContext;
