using System.Globalization;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Offsets [From, To) of a producer; empty when To is not after From.</summary>
internal readonly record struct OffsetRange(long From, long To);

/// <summary>Which offsets of a producer are counted: disjoint ranges, ascending, at most <see cref="MaxRanges"/> or as many as is said. So rows may come in any order, and by several replicas. Owned by one thread.</summary>
/// <remarks>In Redis it is a text, <c>0-4712 5000-5100</c>, to which <see cref="PushScript"/> adds in the same way.</remarks>
internal sealed class CountedOffsets(int mostRanges = CountedOffsets.MaxRanges)
{
    /// <summary>With more, the lowest gap is closed: what was in it never counts. The script reads them all: so many take it half a millisecond.</summary>
    public const int MaxRanges = 256;

    private readonly List<OffsetRange> ranges = [];

    /// <summary>Where a producer that sends in order goes on: the end of the first range; 0 when there is none.</summary>
    public long Next => ranges.Count == 0 ? 0 : ranges[0].To;

    /// <summary>Of the text that Redis has; a number alone, as it once was, is where the only range ends.</summary>
    public static CountedOffsets Parse(string text)
    {
        var counted = new CountedOffsets();
        foreach (var range in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-').Select(end => long.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            counted.ranges.Add(new OffsetRange(ends.Length == 1 ? 0 : ends[0], ends[^1]));
        }
        return counted;
    }

    public bool Has(long offset) => ranges.Exists(range => range.From <= offset && offset < range.To);

    /// <summary>The last range that ends at or before an offset; an empty one when there is none.</summary>
    public OffsetRange Before(long offset) => ranges.FindLast(range => range.To <= offset);

    /// <summary>Which of the rows from an offset on are not counted, as their positions.</summary>
    public List<Range> Open(long first, int count)
    {
        var (open, from, end) = (new List<Range>(1), first, first + count);
        for (var at = FirstEndingFrom(from); at < ranges.Count && ranges[at].From < end; at++)
        {
            var range = ranges[at];
            if (range.To == from)
            {
                continue;
            }
            if (range.From > from)
            {
                open.Add(new Range((int)(from - first), (int)(range.From - first)));
            }
            from = range.To;
        }
        if (from < end)
        {
            open.Add(new Range((int)(from - first), count));
        }
        return open;
    }

    /// <summary>Counts a range.</summary>
    public void Add(OffsetRange added)
    {
        if (added.To <= added.From)
        {
            return;
        }
        var at = FirstEndingFrom(added.From);
        for (; at < ranges.Count && ranges[at].From <= added.To; ranges.RemoveAt(at))
        {
            added = new OffsetRange(Math.Min(added.From, ranges[at].From), Math.Max(added.To, ranges[at].To));
        }
        ranges.Insert(at, added);
        if (ranges.Count <= mostRanges)
        {
            return;
        }
        ranges[1] = ranges[1] with { From = ranges[0].From };
        ranges.RemoveAt(0);
    }

    /// <summary>Position of the first range that ends at or behind an offset; their count when there is none.</summary>
    private int FirstEndingFrom(long offset)
    {
        var (low, high) = (0, ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ranges[middle].To < offset ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    public override string ToString() => string.Join(' ', ranges.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.From}-{range.To}")));
}
