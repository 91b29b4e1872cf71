using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Checked rows of one push.</summary>
/// <param name="Values">Shape [rows, Target.Source.Fields], row by row.</param>
internal sealed record PushedRows(PushTarget Target, DateTimeOffset[] EventTimes, FieldValue[] Values, Offsets? Offsets)
{
    public int Count => EventTimes.Length;

    /// <summary>These rows without some of them: with offsets what is between those, in order, each with its offset; else all at once.</summary>
    /// <param name="left">Positions of rows that are left out, ascending.</param>
    public IEnumerable<PushedRows> Without(IEnumerable<int> left)
    {
        var (start, fields) = (0, Target.Source.Fields.Count);
        if (Offsets is null)
        {
            int[] kept = [.. Enumerable.Range(0, Count).Except(left)];
            if (kept.Length > 0) { yield return this with { EventTimes = [.. kept.Select(row => EventTimes[row])], Values = [.. kept.SelectMany(row => Values[(row * fields)..((row + 1) * fields)])] }; }
            yield break;
        }
        foreach (var row in left.Append(Count))
        {
            if (row > start) { yield return Of(start..row); }
            start = row + 1;
        }
    }

    /// <summary>Some of these rows.</summary>
    public PushedRows Of(Range rows)
    {
        var ((start, count), fields) = (rows.GetOffsetAndLength(Count), Target.Source.Fields.Count);
        return count == Count ? this : this with { EventTimes = EventTimes[rows], Values = Values.AsSpan(start * fields, count * fields).ToArray(), Offsets = Offsets is null ? null : Offsets with { First = Offsets.First + start } };
    }

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
