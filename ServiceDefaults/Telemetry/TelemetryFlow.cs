using System.Diagnostics.Metrics;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>What becomes of every line and span, and of every metric that is sent as lines: <c>produced = exported + sampled + dropped + in flight</c>, exactly, for each signal and sink. Thread-safe.</summary>
internal sealed class TelemetryFlow
{
    public const string Logs = "logs";
    public const string Spans = "spans";
    public const string Metrics = "metrics";
    public const string Otlp = "otlp";
    public const string StatsD = "statsd";

    private readonly Counter<long> produced;
    private readonly Counter<long> exported;
    private readonly Counter<long> sampled;
    private readonly Counter<long> dropped;
    private readonly Meter meter;

    public TelemetryFlow(IMeterFactory meters)
    {
        meter = meters.Create(TelemetryNames.Sources.ServiceDefaults);
        produced = meter.CreateCounter<long>(TelemetryNames.Metrics.TelemetryProduced, "{item}", "Telemetry that was made.");
        exported = meter.CreateCounter<long>(TelemetryNames.Metrics.TelemetryExported, "{item}", "Telemetry that reached its sink.");
        sampled = meter.CreateCounter<long>(TelemetryNames.Metrics.TelemetrySampled, "{item}", "Telemetry that was left out, since nothing happened in its trace.");
        dropped = meter.CreateCounter<long>(TelemetryNames.Metrics.TelemetryDropped, "{item}", "Telemetry that was made and then lost.");
    }

    public void Produced(string signal, string sink, long items = 1) => produced.Add(items, SignalTag(signal), SinkTag(sink));

    public void Exported(string signal, string sink, long items) => exported.Add(items, SignalTag(signal), SinkTag(sink));

    public void Sampled(string signal, string sink) => sampled.Add(1, SignalTag(signal), SinkTag(sink));

    public void Dropped(string signal, string sink, string reason, long items) => dropped.Add(items, SignalTag(signal), SinkTag(sink), new(TelemetryNames.Attributes.Reason, reason));

    /// <summary>Verdicts on traces that did not reach the service that waits for them.</summary>
    public void VerdictsDropped(long verdicts, string reason) => dropped.Add(verdicts, SignalTag("verdicts"), new(TelemetryNames.Attributes.Reason, reason));

    /// <summary>Shows how much waits in a sink.</summary>
    public void ObserveInFlight(string signal, string sink, Func<long> count) => meter.CreateObservableUpDownCounter(
        TelemetryNames.Metrics.TelemetryInFlight, () => new Measurement<long>(count(), SignalTag(signal), SinkTag(sink)), "{item}", "Telemetry that waits to be written.");

    private static KeyValuePair<string, object?> SignalTag(string signal) => new(TelemetryNames.Attributes.Signal, signal);

    private static KeyValuePair<string, object?> SinkTag(string sink) => new(TelemetryNames.Attributes.Sink, sink);
}
