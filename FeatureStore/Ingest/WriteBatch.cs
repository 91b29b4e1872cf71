using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What one run of the script writes.</summary>
/// <param name="Keys">Where it goes.</param>
/// <param name="Offsets">Where its first row stands; null = without a producer.</param>
/// <param name="Count">Rows it stands for, which the producer's next offset advances by.</param>
internal sealed record WriteBatch(RedisKeys Keys, Offsets? Offsets, int Count, TileBatch Tiles, RowBatch Rows)
{
    /// <summary>The rows of a push from <paramref name="firstRow"/> on.</summary>
    public static WriteBatch Of(PushedRows rows, int firstRow)
    {
        var offsets = rows.Offsets is { } given ? given with { First = given.First + firstRow } : null;
        return new WriteBatch(rows.Target.Keys, offsets, rows.Count - firstRow, new TileBatch(rows, firstRow), new RowBatch(rows, rows.Target.Rows, Enumerable.Range(firstRow, rows.Count - firstRow)));
    }
}

/// <summary>What came of a run.</summary>
/// <param name="Next">-1 = written; else the producer's next offset, which is past the first of the rows: nothing was written.</param>
/// <param name="StaleRows">Rows of row views that were not newer than what was stored.</param>
internal readonly record struct WriteResult(long Next, int StaleRows);
