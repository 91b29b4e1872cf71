using System.Collections.Frozen;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Quarantine;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Checked rows of one push.</summary>
/// <param name="Values">Shape [rows, Target.Source.Fields], row by row.</param>
internal sealed record PushedRows(PushTarget Target, DateTimeOffset[] EventTimes, FieldValue[] Values, Offsets? Offsets)
{
    public int Count => EventTimes.Length;

    /// <summary>What names the events; null = nothing does.</summary>
    public EventIds? EventIds { get; init; }

    /// <summary>Where they are in this replica's log, whose pushes are applied in order: Redis notes how far. Null = it need not.</summary>
    public Offsets? Log { get; init; }

    /// <summary>Up to where Redis must know that the log was applied before, 0 = anything; one that knows less has lost something, and gets nothing. Null = it need not know.</summary>
    public Func<LogPosition, long>? MustKnow { get; init; }

    /// <summary>Positions of rows that change nothing, only their offsets count: they were set aside, or their events are counted already. Nothing else of them means anything.</summary>
    public IReadOnlySet<int> Idle { get; init; } = FrozenSet<int>.Empty;

    /// <summary>Of a whole push the rows among them that were set aside, as the quarantine has them.</summary>
    public IReadOnlyDictionary<int, QuarantineEntry> SetAside { get; init; } = FrozenDictionary<int, QuarantineEntry>.Empty;

    /// <summary>Positions of the other rows.</summary>
    public IEnumerable<int> Changing => Enumerable.Range(0, Count).Where(row => !Idle.Contains(row));

    public int ChangingCount => Count - Idle.Count;

    /// <summary>Some of these rows.</summary>
    public PushedRows Of(Range rows)
    {
        var ((start, count), fields) = (rows.GetOffsetAndLength(Count), Target.Source.Fields.Count);
        if (count == Count)
        {
            return this;
        }
        return this with
        {
            EventTimes = EventTimes[rows], Values = Values.AsSpan(start * fields, count * fields).ToArray(), EventIds = EventIds is null ? null : EventIds with { Ids = EventIds.Ids[rows] },
            Offsets = Offsets is null ? null : Offsets with { First = Offsets.First + start }, Log = Log is null ? null : Log with { First = Log.First + start }, Idle = Idle.Count == 0 ? Idle : Idle.Select(row => row - start).Where(row => row >= 0 && row < count).ToFrozenSet(),
        };
    }

    /// <summary>These rows, for the views that keep what was pushed so long ago; for none of them only the offsets count.</summary>
    public PushedRows Kept(TimeSpan age) => Target.Kept(age) is var kept && kept == Target ? this : this with { Target = kept, EventIds = kept.HasViews ? EventIds : null };

    /// <summary>These rows, of which some more change nothing.</summary>
    public PushedRows WithIdle(IEnumerable<int> rows) => this with { Idle = Idle.Concat(rows).ToFrozenSet() };

    public ReadOnlySpan<FieldValue> Row(int index) => Values.AsSpan(index * Target.Source.Fields.Count, Target.Source.Fields.Count);
}

/// <summary>Where a push stands in the stream of its producer.</summary>
/// <param name="First">Offset of the push's first row.</param>
internal sealed record Offsets(string Producer, long First)
{
    /// <summary>What is counted before <see cref="First"/>, as far as it is known: so a partition, or the log, that has not all of the offsets has no gaps for it. Empty = nothing is known.</summary>
    public OffsetRange Before { get; init; }

    /// <summary>Of rows without a producer: the log numbers them in order, among others.</summary>
    public static Offsets OfLog(string log, long sequence) => new(log, sequence) { Before = new OffsetRange(0, sequence) };
}
