using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Quantiles;

/// <summary>Quantiles of recent durations for each of at most 1,000 series; what would be one more is not counted. Thread-safe.</summary>
/// <typeparam name="TKey">What tells the series apart.</typeparam>
public sealed class DurationSeries<TKey>(TimeProvider time)
    where TKey : notnull
{
    private const int MaxSeries = 1000;

    private static readonly double[] Quantiles = [0.5, 0.9, 0.95, 0.99, 0.999];

    private readonly ConcurrentDictionary<TKey, RecentDurations> series = new();
    private int count;

    public void Record(TKey key, double seconds)
    {
        if (!series.TryGetValue(key, out var durations))
        {
            if (Interlocked.Increment(ref count) > MaxSeries)
            {
                Interlocked.Decrement(ref count);
                return;
            }

            durations = series.GetOrAdd(key, _ => new RecentDurations(time));
        }

        durations.Add(seconds);
    }

    /// <summary>The quantiles 0.5, 0.9, 0.95, 0.99 and 0.999 of every series that had a duration lately, each with the label <c>quantile</c>.</summary>
    /// <param name="tags">The other labels.</param>
    /// <param name="perSecond">How many of the answer's units a second has.</param>
    public IEnumerable<Measurement<double>> Measure(Func<TKey, IEnumerable<KeyValuePair<string, object?>>> tags, double perSecond = 1) =>
        from each in series
        from value in Quantiles.Zip(each.Value.Quantiles(Quantiles))
        where !double.IsNaN(value.Second)
        select new Measurement<double>(value.Second * perSecond, tags(each.Key).Append(new(TelemetryNames.Attributes.Quantile, value.First)));
}
