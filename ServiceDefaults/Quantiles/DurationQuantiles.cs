using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Quantiles;

/// <summary>p50, p90, p95, p99 and p99.9 of the service's durations per route, model and version, as gauges beside their histograms: a histogram's quantile is as coarse as its buckets, this one is within 1 %.</summary>
internal sealed class DurationQuantiles : IDisposable
{
    private const string HttpRequestDuration = "http.server.request.duration";

    private static readonly (string Histogram, string Gauge, string[] Tags)[] Followed =
    [
        (HttpRequestDuration, TelemetryNames.Metrics.HttpRequestDurationQuantile, [TelemetryNames.Attributes.HttpMethod, TelemetryNames.Attributes.HttpRoute]),
        (TelemetryNames.Metrics.InferenceDuration, TelemetryNames.Metrics.InferenceDurationQuantile, [TelemetryNames.Attributes.ModelName, TelemetryNames.Attributes.ModelVersion, TelemetryNames.Attributes.Outcome]),
        (TelemetryNames.Metrics.PredictionDuration, TelemetryNames.Metrics.PredictionDurationQuantile, [TelemetryNames.Attributes.ModelName, TelemetryNames.Attributes.ModelVersion, TelemetryNames.Attributes.Outcome]),
    ];

    private readonly MeterListener listener = new();
    private readonly Meter meter;

    /// <param name="meters">The service's: histograms of others in the same process are not followed.</param>
    public DurationQuantiles(IMeterFactory meters, TimeProvider time)
    {
        meter = meters.Create(TelemetryNames.Sources.ServiceDefaults);
        var series = Followed.ToDictionary(each => each.Histogram, each => Follow(each.Gauge, each.Tags, time));
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && series.TryGetValue(instrument.Name, out var follower))
            {
                self.EnableMeasurementEvents(instrument, follower);
            }
        };
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Follower)state!).Record(value, tags));
        listener.Start();
    }

    public void Dispose()
    {
        listener.Dispose();
        meter.Dispose();
    }

    private Follower Follow(string gauge, string[] tags, TimeProvider time)
    {
        var follower = new Follower(tags, new DurationSeries<(object?, object?, object?)>(time));
        meter.CreateObservableGauge(gauge, follower.Measure, "s", "Quantiles of the last 5 to 10 minutes, within 1 %.");
        return follower;
    }

    private sealed class Follower(string[] names, DurationSeries<(object? First, object? Second, object? Third)> series)
    {
        public void Record(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            series.Record((Value(tags, 0), Value(tags, 1), Value(tags, 2)), seconds);

        public IEnumerable<Measurement<double>> Measure() => series.Measure(key =>
            names.Zip([key.First, key.Second, key.Third], (name, value) => new KeyValuePair<string, object?>(name, value)).Where(tag => tag.Value is not null));

        private object? Value(ReadOnlySpan<KeyValuePair<string, object?>> tags, int index)
        {
            if (index < names.Length)
            {
                foreach (var tag in tags)
                {
                    if (tag.Key == names[index])
                    {
                        return tag.Value;
                    }
                }
            }

            return null;
        }
    }
}
