using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Shows what becomes of every line and span, every metric that is sent as lines and every verdict: <c>produced = exported + sampled + dropped + in flight</c>, exactly, for each signal and sink, at every collection that no other overlaps (<see cref="Collections"/>). Thread-safe.</summary>
internal sealed class TelemetryFlow
{
    public const string Logs = "logs";
    public const string Spans = "spans";
    public const string Metrics = "metrics";
    public const string Verdicts = "verdicts";
    public const string Otlp = "otlp";
    public const string StatsD = "statsd";
    public const string Services = "services";

    private readonly ConcurrentDictionary<(string Signal, string Sink), SinkFlow> flows = [];
    private readonly ConditionalWeakTable<Thread, Collection> collections = []; // each asks all instruments on its one thread
    private long begun;

    public TelemetryFlow(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Sources.ServiceDefaults);
        meter.CreateObservableCounter(TelemetryNames.Metrics.TelemetryProduced, () => Counts(0, counts => counts.Produced), "{item}", "Telemetry that was made.");
        meter.CreateObservableCounter(TelemetryNames.Metrics.TelemetryExported, () => Counts(1, counts => counts.Exported), "{item}", "Telemetry that reached its sink.");
        meter.CreateObservableCounter(TelemetryNames.Metrics.TelemetrySampled, () => Counts(2, counts => counts.Sampled), "{item}", "Telemetry that was left out, since nothing happened in its trace.");
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.TelemetryInFlight, () => Counts(3, counts => counts.InFlight), "{item}", "Telemetry whose end is not known yet.");
        meter.CreateObservableCounter(TelemetryNames.Metrics.TelemetryDropped, () => At(4).SelectMany(flow => flow.Counts.Dropped.Select(
            dropped => new Measurement<long>(dropped.Value, [.. Tags(flow), new(TelemetryNames.Attributes.Reason, dropped.Key)]))), "{item}", "Telemetry that was made and then lost.");
        meter.CreateObservableUpDownCounter(TelemetryNames.Metrics.TelemetryWaiting, () => Counts(5, counts => counts.Waiting), "{item}", "Telemetry that is found where it waits; at rest all that is in flight.");
        meter.CreateObservableCounter(TelemetryNames.Metrics.TelemetryBytes, () => At(6).Where(flow => flow.Counts.Bytes > 0).Select(flow => new Measurement<long>(flow.Counts.Bytes, Tags(flow))), "By", "Size of the telemetry that reached its sink, where the sink says it: not over OTLP.");
    }

    /// <summary>The counts of a signal on its way to a sink, always the same ones.</summary>
    public SinkFlow Of(string signal, string sink) => flows.GetOrAdd((signal, sink), _ => new SinkFlow());

    /// <summary>How many have begun. What one asks every reader gets, and a reader takes its points after its own: when another has begun by then, they may be of both.</summary>
    public long Collections => Interlocked.Read(ref begun);

    private IEnumerable<Measurement<long>> Counts(int instrument, Func<SinkCounts, long> count) => At(instrument).Select(flow => new Measurement<long>(count(flow.Counts), Tags(flow)));

    /// <summary>What was counted when the first instrument of this collection was asked; an instrument that is asked again begins the next one.</summary>
    private IReadOnlyList<Flow> At(int instrument)
    {
        if (!collections.TryGetValue(Thread.CurrentThread, out var current) || !current.Asked.Add(instrument))
        {
            current = new Collection([instrument], [.. flows.Select(flow => new Flow(flow.Key.Signal, flow.Key.Sink, flow.Value.Read()))]);
            Interlocked.Increment(ref begun);
            collections.AddOrUpdate(Thread.CurrentThread, current);
        }

        return current.Flows;
    }

    private static KeyValuePair<string, object?>[] Tags(Flow flow) => [new(TelemetryNames.Attributes.Signal, flow.Signal), new(TelemetryNames.Attributes.Sink, flow.Sink)];

    private sealed record Flow(string Signal, string Sink, SinkCounts Counts);

    private sealed record Collection(HashSet<int> Asked, IReadOnlyList<Flow> Flows);
}
