using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What one run of the script writes.</summary>
/// <param name="Keys">Where it goes.</param>
/// <param name="Offsets">Where its first row stands; null = without a producer.</param>
/// <param name="Count">Rows it stands for, which the producer's next offset advances by.</param>
internal sealed record WriteBatch(RedisKeys Keys, Offsets? Offsets, int Count)
{
    /// <summary>The partition that it goes to; null = all of them, which only a single server takes.</summary>
    public int? Partition { get; private init; }

    /// <summary>The increments of tiles, as <see cref="TileBatch.Days"/>.</summary>
    public IReadOnlyList<Write> Days { get; init; } = [];

    /// <summary>The maxima of tiles, as <see cref="TileBatch.Maxima"/>.</summary>
    public IReadOnlyList<Write> Maxima { get; init; } = [];

    /// <summary>Rows of row views, as <see cref="RowBatch.Rows"/>.</summary>
    public IReadOnlyList<Write> Rows { get; init; } = [];

    /// <summary>The rows of a push from <paramref name="firstRow"/> on.</summary>
    public static WriteBatch Of(PushedRows rows, int firstRow)
    {
        var offsets = rows.Offsets is { } given ? given with { First = given.First + firstRow } : null;
        var tiles = new TileBatch(rows, firstRow);
        var newest = new RowBatch(rows, rows.Target.Rows, Enumerable.Range(firstRow, rows.Count - firstRow));
        return new WriteBatch(rows.Target.Keys, offsets, rows.Count - firstRow) { Days = [.. tiles.Days], Maxima = [.. tiles.Maxima], Rows = [.. newest.Rows] };
    }

    /// <summary>What goes to each partition apart.</summary>
    public IEnumerable<WriteBatch> Partitions()
    {
        var (days, maxima, rows) = (Split(Days), Split(Maxima), Split(Rows));
        return from partition in days.Concat(rows).Select(writes => writes.Key).Distinct()
               select this with { Partition = partition, Days = [.. days[partition]], Maxima = [.. maxima[partition]], Rows = [.. rows[partition]] };
    }

    private static ILookup<int, Write> Split(IEnumerable<Write> writes) => writes.ToLookup(write => RedisKeys.Partition(write.Key.Entity));
}

/// <summary>What changes at one key.</summary>
/// <param name="Superseded">Rows that are not written because this one is as new or newer.</param>
internal readonly record struct Write(OnlineKey Key, byte[] Packed, int Superseded = 0);

/// <summary>What came of a run.</summary>
/// <param name="Next">-1 = written; else the producer's next offset, which is past the first of the rows: nothing was written.</param>
/// <param name="StaleRows">Rows of row views that were not newer than what was stored.</param>
internal readonly record struct WriteResult(long Next, int StaleRows);
