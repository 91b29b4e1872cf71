using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Which logged rows count, by the rule of Redis: each offset of a producer once, and a producer is forgotten when nothing of it has counted for <see cref="LoggedIngest.OnlineRetention"/>.</summary>
/// <param name="mostRanges">That are kept of a producer's offsets.</param>
internal sealed class CountedRows(int mostRanges = CountedOffsets.MaxRanges)
{
    private readonly Dictionary<string, (CountedOffsets Offsets, DateTimeOffset At)> producers = new(StringComparer.Ordinal);

    /// <summary>Counts rows, which come in the order in which they were appended.</summary>
    /// <returns>Positions of those that had not been counted before.</returns>
    public List<Range> Count(LoggedRows rows)
    {
        var (producer, first) = rows.Offsets;
        var counted = producers.TryGetValue(producer, out var known) && rows.AppendedAt - known.At <= LoggedIngest.OnlineRetention ? known.Offsets : new CountedOffsets(mostRanges);
        var open = counted.Open(first, rows.Count);
        if (open.Count == 0)
        {
            return open;
        }
        counted.Add(rows.Offsets.Before);
        counted.Add(new OffsetRange(first, first + rows.Count));
        producers[producer] = (counted, rows.AppendedAt);
        return open;
    }
}
