using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MlAspire.Testing;

/// <summary>One measurement as it was recorded.</summary>
public sealed record RecordedMeasurement(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);

/// <summary>Keeps every measurement of the meters that one service made: <c>using var metrics = new RecordedMetrics(host.Services.GetRequiredService&lt;IMeterFactory&gt;());</c></summary>
public sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<RecordedMeasurement> measurements = new();

    /// <param name="owner">The meter factory of the service: other services of the test process are not heard.</param>
    public RecordedMetrics(IMeterFactory owner)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, owner))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.Start();
    }

    public IReadOnlyList<RecordedMeasurement> All => [.. measurements];

    public IEnumerable<RecordedMeasurement> Of(string instrument) => measurements.Where(each => each.Instrument == instrument);

    /// <summary>Sum of an instrument's measurements, of those that have all the given tags.</summary>
    public double Sum(string instrument, params (string Name, object? Value)[] tags) => Of(instrument)
        .Where(each => Has(each, tags))
        .Sum(each => each.Value);

    /// <summary>Sum of what an observable instrument says now, of those measurements that have all the given tags.</summary>
    public double Now(string instrument, params (string Name, object? Value)[] tags)
    {
        var before = measurements.Count(each => each.Instrument == instrument);
        Observe();
        return Of(instrument).Skip(before).Where(each => Has(each, tags)).Sum(each => each.Value);
    }

    /// <summary>Asks the observable instruments now.</summary>
    public void Observe() => listener.RecordObservableInstruments();

    public void Dispose() => listener.Dispose();

    private static bool Has(RecordedMeasurement measurement, (string Name, object? Value)[] tags) =>
        tags.All(tag => measurement.Tags.TryGetValue(tag.Name, out var value) && Equals(value, tag.Value));

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        measurements.Enqueue(new RecordedMeasurement(instrument.Name, value, tags.ToArray().ToDictionary()));
}
