using System.Collections.Concurrent;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Counts of one moment.</summary>
/// <param name="Dropped">By reason.</param>
/// <param name="Waiting">Found where items wait: in the rings of requests, in queues and at exporters.</param>
/// <param name="Bytes">Of what was exported, as the sink took them; 0 where the exporter does not say.</param>
internal sealed record SinkCounts(long Produced, long Exported, long Sampled, IReadOnlyDictionary<string, long> Dropped, long Waiting, long Bytes)
{
    /// <summary>Made, and without an end yet; never negative. Of these <see cref="Waiting"/> wait and the others are on the move: at rest there are no others, or items were lost uncounted.</summary>
    public long InFlight => Produced - Exported - Sampled - Dropped.Values.Sum();
}

/// <summary>Counts the telemetry of one signal on its way to one sink: each item once when it is made, and once when its end is known. Thread-safe.</summary>
internal sealed class SinkFlow
{
    private readonly ConcurrentDictionary<string, long> dropped = [];
    private long produced;
    private long exported;
    private long bytes;
    private long sampled;
    private long held;
    private Func<long> elsewhere = () => 0;

    public void Produced(long items = 1) => Interlocked.Add(ref produced, items);

    /// <param name="size">In bytes; 0 where it is not known.</param>
    public void Exported(long items, long size = 0)
    {
        Interlocked.Add(ref exported, items);
        Interlocked.Add(ref bytes, size);
    }

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

    /// <summary>An item is put into the ring of its request (1), or taken out of it (-1).</summary>
    public void Waits(int items) => Interlocked.Add(ref held, items);

    /// <summary>Says that items wait at another place too.</summary>
    /// <param name="place">How many are there now.</param>
    public void Waits(Func<long> place)
    {
        var others = elsewhere;
        elsewhere = () => others() + place();
    }

    public SinkCounts Read()
    {
        var ends = (Exported: Volatile.Read(ref exported), Sampled: Volatile.Read(ref sampled), Dropped: new Dictionary<string, long>(dropped));
        return new SinkCounts(Volatile.Read(ref produced), ends.Exported, ends.Sampled, ends.Dropped, Volatile.Read(ref held) + elsewhere(), Volatile.Read(ref bytes)); // produced last: whatever has ended by then was made by then
    }
}
