using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>What the log itself loses.</summary>
internal sealed class LogLineMetrics(IMeterFactory meters)
{
    private readonly Counter<long> dropped = meters.Create(TelemetryNames.Sources.ServiceDefaults)
        .CreateCounter<long>(TelemetryNames.Metrics.TelemetryDropped, "{item}", "Telemetry that was made and then lost.");

    public void Dropped(string sink, string reason) => dropped.Add(
        1, new(TelemetryNames.Attributes.Signal, "logs"), new(TelemetryNames.Attributes.Sink, sink), new(TelemetryNames.Attributes.Reason, reason));
}
