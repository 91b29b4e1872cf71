using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What one run of the script writes.</summary>
/// <param name="Keys">Where it goes.</param>
/// <param name="Offsets">Where its first row stands; null = without a producer.</param>
/// <param name="Count">Rows it stands for, whose offsets are counted.</param>
internal sealed record WriteBatch(RedisKeys Keys, Offsets? Offsets, int Count)
{
    /// <summary>The partition that it goes to; null = all of them, which only a single server takes.</summary>
    public int? Partition { get; private init; }

    /// <summary>Where its first row is in this replica's log; null = nothing is noted of it.</summary>
    public Offsets? Log { get; init; }

    /// <summary>Up to where the log is applied by it.</summary>
    public LogPosition? Logged => Log is null ? null : new LogPosition(Keys.OwnPrefix + Log.Producer, Partition, Log.First + Count);

    /// <summary>As <see cref="PushedRows.MustKnow"/>.</summary>
    public Func<LogPosition, long>? MustKnow { get; init; }

    /// <summary>Up to where the log must be known to be applied before.</summary>
    public long Must => Logged is { } log && MustKnow is { } must ? must(log) : 0;

    /// <summary>The increments of tiles, as <see cref="TileBatch.Days"/>.</summary>
    public IReadOnlyList<Write> Days { get; init; } = [];

    /// <summary>The maxima of tiles, as <see cref="TileBatch.Maxima"/>.</summary>
    public IReadOnlyList<Write> Maxima { get; init; } = [];

    /// <summary>Rows of row views, as <see cref="RowBatch.Rows"/>.</summary>
    public IReadOnlyList<Write> Rows { get; init; } = [];

    /// <summary>What names the events; null = nothing does.</summary>
    public EventIdBatch? EventIds { get; init; }

    /// <summary>Nothing is written, nor counted.</summary>
    public bool IsEmpty => Offsets is null && Days.Count == 0 && Rows.Count == 0;

    /// <summary>The rows of a push.</summary>
    public static WriteBatch Of(PushedRows rows)
    {
        var tiles = new TileBatch(rows);
        var newest = new RowBatch(rows, rows.Target.Rows, rows.Changing);
        return OfOffsets(rows, null) with
        {
            Days = [.. tiles.Days], Maxima = [.. tiles.Maxima], Rows = [.. newest.Rows], EventIds = rows.EventIds is { } ids ? new EventIdBatch(rows, ids) : null,
        };
    }

    /// <summary>The offsets of a push alone: of its rows nothing changes in the partition, or nothing any more.</summary>
    public static WriteBatch OfOffsets(PushedRows rows, int? partition) =>
        new(rows.Target.Keys, rows.Offsets, rows.Count) { Partition = partition, Log = rows.Log, MustKnow = rows.MustKnow };

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
/// <param name="Counted">Null = written; else what is counted of the producer, some of the rows among it: nothing was written.</param>
/// <param name="Repeated">Positions of rows whose events are counted: when there are some, nothing was written.</param>
/// <param name="StaleRows">Rows of row views that were not newer than what was stored.</param>
/// <param name="ClosedGaps">Gaps of the producer's offsets that were closed for <see cref="CountedOffsets.MaxRanges"/>.</param>
internal readonly record struct WriteResult(CountedOffsets? Counted, IReadOnlyList<int> Repeated, int StaleRows, int ClosedGaps);
