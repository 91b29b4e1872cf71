using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Failures;

/// <summary>Where failures are over-represented: each segment against the other rows that have its attribute. Pure.</summary>
/// <remarks>
/// What fails in one segment shows in all that overlap it. So the segment of the least p is flagged when its q allows it, its rows are taken out, and the others are tested anew on what is left, until none is flagged:
/// a segment that is over-represented by the flagged ones alone is not flagged itself.
/// </remarks>
internal static class SegmentRanking
{
    /// <summary>Share of the flagged segments that may be wrong, on average.</summary>
    public const double FalseDiscoveryRate = 0.05;

    /// <summary>A segment of fewer rows is not tested.</summary>
    public const int FewestRows = 10;

    /// <summary>Segments that are tested; of more those with the most rows.</summary>
    public const int MaxSegments = 1_000;

    /// <param name="table">The rows' segments.</param>
    /// <param name="failed">Whether a row failed, shape [rows].</param>
    /// <returns>The tested segments: first the flagged ones, as they were found, then by p.</returns>
    public static IReadOnlyList<RankedSegment> Rank(SegmentTable table, IReadOnlyList<bool> failed)
    {
        var remaining = Enumerable.Range(0, failed.Count).ToList();
        var all = Counts.Of(table, failed, remaining);
        var tested = Enumerable.Range(0, table.Segments.Count).Where(segment => all.Rows[segment] >= FewestRows && all.RowsOfAttribute(segment) > all.Rows[segment])
            .OrderByDescending(segment => all.Rows[segment]).Take(MaxSegments).ToList();
        var first = Test(all, tested);
        var flagged = new List<RankedSegment>();
        var (counts, tests) = (all, first);
        while (tests.Count > 0 && tests.MinBy(test => test.Value.P) is var (segment, test) && test.Q <= FalseDiscoveryRate)
        {
            flagged.Add(Of(table.Segments[segment], counts, segment, test) with { Flagged = true });
            tested.Remove(segment);
            remaining.RemoveAll(row => table.Rows[row].Contains(segment));
            counts = Counts.Of(table, failed, remaining);
            tests = Test(counts, tested);
        }

        var others = tested.OrderBy(segment => first[segment].P).Select(segment => Of(table.Segments[segment], all, segment, first[segment]) with { Explained = first[segment].Q <= FalseDiscoveryRate });
        return [.. flagged, .. others];
    }

    private static Dictionary<int, (double P, double Q)> Test(Counts counts, List<int> segments)
    {
        double[] p = [.. segments.Select(segment => FisherExactTest.Probability(
            counts.Failures[segment], counts.Rows[segment], counts.FailuresOfAttribute(segment) - counts.Failures[segment], counts.RowsOfAttribute(segment) - counts.Rows[segment]))];
        var q = BenjaminiHochberg.Q(p);
        return segments.Select((segment, i) => (segment, i)).ToDictionary(pair => pair.segment, pair => (p[pair.i], q[pair.i]));
    }

    private static RankedSegment Of(Segment segment, Counts counts, int index, (double P, double Q) test)
    {
        var (failures, rows) = (counts.Failures[index], counts.Rows[index]);
        var usual = (double)counts.FailuresOfAttribute(index) / counts.RowsOfAttribute(index);
        var share = (double)failures / rows;
        return new(segment.Attribute, segment.Value, failures, rows, share, usual == 0 ? null : share / usual, test.P, test.Q, Flagged: false, Explained: false);
    }

    private sealed class Counts(SegmentTable table, int[] rows, int[] failures)
    {
        private readonly Dictionary<string, (int Rows, int Failures)> attributes = table.Segments.Select((segment, index) => (segment.Attribute, Index: index)).GroupBy(each => each.Attribute)
            .ToDictionary(each => each.Key, each => (each.Sum(segment => rows[segment.Index]), each.Sum(segment => failures[segment.Index])));

        public int[] Rows => rows;

        public int[] Failures => failures;

        public static Counts Of(SegmentTable table, IReadOnlyList<bool> failed, IEnumerable<int> counted)
        {
            var (rows, failures) = (new int[table.Segments.Count], new int[table.Segments.Count]);
            foreach (var row in counted)
            {
                foreach (var segment in table.Rows[row])
                {
                    rows[segment]++;
                    failures[segment] += failed[row] ? 1 : 0;
                }
            }

            return new(table, rows, failures);
        }

        public int RowsOfAttribute(int segment) => attributes[table.Segments[segment].Attribute].Rows;

        public int FailuresOfAttribute(int segment) => attributes[table.Segments[segment].Attribute].Failures;
    }
}

/// <summary>A segment, and how much more often it fails than all units (requests, or rows) that have its attribute; the figures of a flagged one are without the units of those flagged before.</summary>
/// <param name="Attribute">What its units have in common: <c>entities.origin</c>.</param>
/// <param name="Value">The value, or the bin of it: <c>ATL</c>, <c>[200, 541)</c>.</param>
/// <param name="Failures">How many of it failed.</param>
/// <param name="Units">How many it has.</param>
/// <param name="Share">Failures of its units.</param>
/// <param name="Lift">Its share by that of all units with the attribute; null when none failed.</param>
/// <param name="P">Fisher's exact test, one-sided: probability of so many failures when it fails as the others do.</param>
/// <param name="Q">Benjamini and Hochberg's, of all that were tested.</param>
/// <param name="Flagged">Whether failures are over-represented here, at a false discovery rate of 5 %.</param>
/// <param name="Explained">Whether they are by the units of the flagged ones alone.</param>
public sealed record RankedSegment(string Attribute, string Value, int Failures, int Units, double Share, double? Lift, double P, double Q, bool Flagged, bool Explained);
