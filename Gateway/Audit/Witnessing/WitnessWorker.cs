using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Diagnostics;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit.Witnessing;

/// <summary>
/// Has the log witnessed every second in which it grew. A log that is behind what its witness saw, or is another one, was cut or rewritten: the gateway does not start with it, and takes no record when it learns it later.
/// A witness that is away delays nothing; what it has not seen meanwhile is measured.
/// </summary>
internal sealed partial class WitnessWorker(
    AuditLog audit, IServiceProvider services, WorkerHealth worker, GatewayMetrics metrics, TimeProvider time, IOptions<AuditOptions> options, ILogger<WitnessWorker> log)
    : PeriodicWorker("witness", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long witnessed = -1; // -1: this process has not asked yet
    private bool away;

    /// <exception cref="InvalidDataException">The log is not the one that the witness saw.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Witnessed)
        {
            metrics.Unwitnessed(() => audit.Count - Math.Max(0, Volatile.Read(ref witnessed)));
            await AskAsync(cancellationToken);
            await base.StartAsync(cancellationToken);
        }
    }

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        try
        {
            await AskAsync(stopping);
        }
        catch (InvalidDataException e)
        {
            audit.Refuse(e);
            throw;
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var checkpoint = audit.Checkpoint();
        if (checkpoint.Size == witnessed && !away)
        {
            return;
        }

        try
        {
            var reply = await AddAsync(Math.Max(0, witnessed), checkpoint, cancellationToken);
            if (!reply.Signed && reply.Size != witnessed && reply.Size <= checkpoint.Size)
            {
                reply = await AddAsync(reply.Size, checkpoint, cancellationToken); // it saw more than this process knows of: the first question after a start
            }

            Judge(reply, checkpoint);
            Volatile.Write(ref witnessed, checkpoint.Size);
            away = false;
        }
        catch (ServiceError e)
        {
            if (!away)
            {
                LogAway(e, checkpoint.Size - Math.Max(0, witnessed));
            }

            away = true;
        }
    }

    private Task<WitnessReply> AddAsync(long from, Checkpoint checkpoint, CancellationToken cancellationToken) =>
        services.GetRequiredService<WitnessClient>().AddAsync(from, audit.Consistency(from, checkpoint.Size)!, checkpoint, audit.Key, cancellationToken);

    private static void Judge(WitnessReply reply, Checkpoint checkpoint)
    {
        if (!reply.Signed)
        {
            throw new InvalidDataException(reply.Size > checkpoint.Size
                ? $"The audit log has {checkpoint.Size} records, and its witness saw {reply.Size}: {reply.Size - checkpoint.Size} are lost."
                : $"The first {reply.Size} records of the audit log are not those that its witness saw: it was rewritten.");
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditUnwitnessed, Level = LogLevel.Warning, Message = "The witness does not sign; {Count} records are unwitnessed. It is asked again every second")]
    private partial void LogAway(Exception exception, long count);
}
