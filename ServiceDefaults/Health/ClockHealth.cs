using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Degraded while the clock differs from that of a service that is called by more than <see cref="HealthOptions.MaxClockSkew"/>: ages of features and windows of metrics would be wrong.</summary>
internal sealed partial class ClockHealth(IOptionsMonitor<HealthOptions> options, TimeProvider time, ILogger<ClockHealth> log) : MachineHealth(log)
{
    private readonly ConcurrentDictionary<string, TimeSpan> skews = new(); // by service: as many as clients were registered

    /// <param name="service">Which answered just now.</param>
    /// <param name="date">Its clock, from its answer; null when it did not say.</param>
    public void Observe(string service, DateTimeOffset? date)
    {
        if (date is { } theirs)
        {
            skews[service] = time.GetUtcNow() - theirs;
        }
    }

    protected override string? Trouble()
    {
        var worst = skews.DefaultIfEmpty().MaxBy(each => each.Value.Duration());
        return worst.Value.Duration() > options.CurrentValue.MaxClockSkew
            ? $"The clock is {worst.Value.Duration().TotalSeconds:0} s {(worst.Value > TimeSpan.Zero ? "ahead of" : "behind")} that of {worst.Key}."
            : null;
    }

    protected override void Warn(ILogger log, string trouble) => ClockSkewed(log, trouble);

    [LoggerMessage(EventName = TelemetryNames.Events.ClockSkewed, Level = LogLevel.Warning, Message = "The clocks disagree: {Reason}")]
    private static partial void ClockSkewed(ILogger log, string reason);
}
