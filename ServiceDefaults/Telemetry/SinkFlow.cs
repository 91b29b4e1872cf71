using System.Collections.Concurrent;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Counts of one moment.</summary>
/// <param name="Dropped">By reason.</param>
internal sealed record SinkCounts(long Produced, long Exported, long Sampled, IReadOnlyDictionary<string, long> Dropped)
{
    /// <summary>Made, and without an end yet; never negative.</summary>
    public long InFlight => Produced - Exported - Sampled - Dropped.Values.Sum();
}

/// <summary>Counts the telemetry of one signal on its way to one sink: each item once when it is made, and once when its end is known. Thread-safe.</summary>
internal sealed class SinkFlow
{
    private readonly ConcurrentDictionary<string, long> dropped = [];
    private long produced;
    private long exported;
    private long sampled;

    public void Produced(long items = 1) => Interlocked.Add(ref produced, items);

    public void Exported(long items) => Interlocked.Add(ref exported, items);

    public void Sampled() => Interlocked.Increment(ref sampled);

    /// <param name="reason">Of a closed set: a label.</param>
    /// <param name="items">0 counts nothing.</param>
    public void Dropped(string reason, long items = 1)
    {
        if (items > 0)
        {
            dropped.AddOrUpdate(reason, items, (_, before) => before + items);
        }
    }

    public SinkCounts Read()
    {
        var ends = (Exported: Volatile.Read(ref exported), Sampled: Volatile.Read(ref sampled), Dropped: new Dictionary<string, long>(dropped));
        return new SinkCounts(Volatile.Read(ref produced), ends.Exported, ends.Sampled, ends.Dropped); // last: whatever has ended by then was made by then
    }
}
