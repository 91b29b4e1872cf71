namespace MlAspire.Monitoring.Failures;

/// <summary>Rows (of a request, or each a whole request) by the segments that they are in; pure. A row is in one segment of each attribute that it has.</summary>
internal sealed class SegmentTable
{
    private readonly Dictionary<Segment, int> indices = [];
    private readonly List<Segment> segments = [];
    private readonly List<int[]> rows = [];

    /// <param name="rows">In any order.</param>
    public SegmentTable(IReadOnlyCollection<AuditedRow> rows)
    {
        var bins = rows.SelectMany(row => row.Numbers).GroupBy(number => number.Key, number => number.Value).ToDictionary(numbers => numbers.Key, numbers => new QuantileBins([.. numbers]));
        foreach (var row in rows)
        {
            this.rows.Add([
                .. row.Texts.Select(text => IndexOf(new(text.Key, text.Value))), .. row.Numbers.Select(number => IndexOf(new(number.Key, bins[number.Key].NameOf(number.Value)))),
            ]);
        }
    }

    /// <summary>All segments.</summary>
    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>The places in <see cref="Segments"/> of each row's segments.</summary>
    public IReadOnlyList<int[]> Rows => rows;

    private int IndexOf(Segment segment)
    {
        if (!indices.TryGetValue(segment, out var index))
        {
            index = indices[segment] = segments.Count;
            segments.Add(segment);
        }

        return index;
    }
}

/// <summary>The rows whose attribute has a value.</summary>
/// <param name="Attribute">Which: <c>entities.origin</c>, <c>hour</c>.</param>
/// <param name="Value">Its value, or the bin of it.</param>
internal sealed record Segment(string Attribute, string Value);
