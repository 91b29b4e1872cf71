using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Runs the background loops of a service and knows which have died: a service whose loop died is not ready.</summary>
public sealed partial class WorkerHealth(ILogger<WorkerHealth> logger) : IHealthCheck
{
    private readonly ConcurrentDictionary<string, string> failed = new();

    /// <summary>Runs a loop to its end. Cancellation is its normal end; any other way out is logged and makes the service not ready until a loop of the name is started again.</summary>
    /// <param name="name">Of the loop, for the log and the health answer.</param>
    /// <param name="loop">Is expected to handle what it can and to return only when cancelled.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        failed.TryRemove(name, out _);
        try
        {
            await loop(cancellationToken);
            if (!cancellationToken.IsCancellationRequested)
            {
                failed[name] = "ended";
                WorkerFailed(null, name);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception exception) // the boundary of a loop: whatever ended it is logged, and readiness says so
        {
            failed[name] = exception.GetType().Name;
            WorkerFailed(exception, name);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(failed.IsEmpty
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", failed.Select(worker => $"{worker.Key} has stopped: {worker.Value}").Order())));

    [LoggerMessage(EventName = TelemetryNames.Events.WorkerFailed, Level = LogLevel.Critical, Message = "The background loop {Worker} has ended; the service is not ready from now on")]
    private partial void WorkerFailed(Exception? exception, string worker);
}
