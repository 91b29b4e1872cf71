using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>A check of the machine: degraded with the reason while there is one, and a line when it begins and when it is over.</summary>
internal abstract partial class MachineHealth(ILogger log) : IHealthCheck
{
    private int low; // 1 while there is trouble

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var trouble = Trouble();
        if (Interlocked.Exchange(ref low, trouble is null ? 0 : 1) != (trouble is null ? 0 : 1))
        {
            if (trouble is null)
            {
                Over(log, context.Registration.Name);
            }
            else
            {
                Warn(log, trouble);
            }
        }

        return Task.FromResult(trouble is null ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(trouble));
    }

    /// <summary>What is wrong now, as a sentence; null when nothing is.</summary>
    protected abstract string? Trouble();

    /// <summary>Logs the beginning, under the event's own name.</summary>
    protected abstract void Warn(ILogger log, string trouble);

    [LoggerMessage(EventName = TelemetryNames.Events.MachineRecovered, Level = LogLevel.Information, Message = "The check {Check} is fine again")]
    private static partial void Over(ILogger log, string check);
}
