using MlAspire.Monitoring.Failures;

namespace MlAspire.Monitoring.Tests.Failures;

public sealed class SegmentRankingTests
{
    private static readonly string[] Airports = ["ATL", "BOS", "DEN", "LAX", "LGA", "ORD", "PHX", "SEA"];

    [Fact]
    public void The_figures_are_those_of_the_segment_beside_the_rows_without_it()
    {
        // ATL: 10 of 13 fail, the others 2 of 17.
        var (rows, failed) = Rows([.. Enumerable.Repeat(("ATL", true), 10), .. Enumerable.Repeat(("ATL", false), 3), .. Enumerable.Repeat(("BOS", true), 2), .. Enumerable.Repeat(("BOS", false), 15)]);

        var ranked = SegmentRanking.Rank(new(rows), failed);

        var p = 0.00046518094336290503; // exact, as in FisherExactTestTests
        var first = ranked[0];
        Assert.Equal(("entities.origin", "ATL", 10, 13, 10.0 / 13, true, false), (first.Attribute, first.Value, first.Failures, first.Units, first.Share, first.Flagged, first.Explained));
        Assert.Equal(10.0 / 13 / (12.0 / 30), first.Lift!.Value, 12);
        Assert.Equal((p, 2 * p), (first.P, first.Q), (one, other) => Math.Abs((one.Item1 / other.Item1) - 1) < 1e-8 && Math.Abs((one.Item2 / other.Item2) - 1) < 1e-8);
        Assert.Equal(("BOS", 2, 17, 1.0, 1.0, false), (ranked[1].Value, ranked[1].Failures, ranked[1].Units, ranked[1].P, ranked[1].Q, ranked[1].Flagged));
        Assert.Equal(2, ranked.Count);
    }

    [Fact]
    public void What_overlaps_the_failing_segment_is_explained_and_not_flagged()
    {
        var random = new Random(7);
        List<AuditedRow> rows = [];
        List<bool> failed = [];
        for (var i = 0; i < 4_000; i++)
        {
            // Flights from ATL are short; all that matters is the airport.
            var origin = Airports[random.Next(Airports.Length)];
            var miles = (origin == "ATL" ? 200 : 1_000) + random.Next(300);
            rows.Add(Row([new("entities.origin", origin), new("caller", random.Next(2) == 0 ? "a" : "b")], [new("inputs.distance_miles", miles)]));
            failed.Add(random.NextDouble() < (origin == "ATL" ? 0.3 : 0.02));
        }

        var ranked = SegmentRanking.Rank(new(rows), failed);

        Assert.Equal("ATL", Assert.Single(ranked, segment => segment.Flagged).Value);
        Assert.Equal("ATL", ranked[0].Value);
        Assert.Contains(ranked, segment => segment is { Attribute: "inputs.distance_miles", Explained: true, Q: < 0.05 });
    }

    /// <summary>Failures that have nothing to do with any segment: in at most 5 % of the runs anything is flagged. Of 300 runs 15 are expected at most; more than 26 are 3 standard deviations of the binomial, √(300·0.05·0.95) = 3.8.</summary>
    [Fact]
    public void When_nothing_is_wrong_something_is_flagged_in_one_run_of_twenty_at_most()
    {
        var random = new Random(1);

        var runs = Enumerable.Range(0, 300).Count(_ => Simulated(random, planted: false).Any(segment => segment.Flagged));

        Assert.InRange(runs, 0, 26);
    }

    /// <summary>With one segment that fails: it is the first in every run, and of all that is flagged 5 % at most is something else, on average over 200 runs; the bound adds 3 standard errors of a share of at most a half.</summary>
    [Fact]
    public void The_planted_segment_is_first_and_of_the_flagged_ones_a_twentieth_is_wrong_at_most()
    {
        var random = new Random(2);
        var wrong = 0.0;
        for (var run = 0; run < 200; run++)
        {
            var ranked = Simulated(random, planted: true);
            Assert.Equal(("entities.origin", "DEN", true), (ranked[0].Attribute, ranked[0].Value, ranked[0].Flagged));
            var flagged = ranked.Count(segment => segment.Flagged);
            wrong += (flagged - 1.0) / flagged;
        }

        Assert.InRange(wrong / 200, 0, 0.05 + (3 * Math.Sqrt(0.05 * 0.5 / 200)));
    }

    [Fact]
    public void Nine_rows_are_too_few_ten_are_tested_and_a_segment_of_all_rows_is_not()
    {
        var (rows, failed) = Rows([.. Enumerable.Repeat(("ATL", true), 9), .. Enumerable.Repeat(("BOS", false), 10)]);

        Assert.Equal(["BOS"], SegmentRanking.Rank(new(rows), failed).Select(segment => segment.Value));
        Assert.Empty(SegmentRanking.Rank(new(Rows([.. Enumerable.Repeat(("ATL", true), 20)]).Rows), Enumerable.Repeat(true, 20).ToArray()));
        Assert.Empty(SegmentRanking.Rank(new([]), []));
    }

    [Fact]
    public void Of_more_segments_than_are_tested_those_with_the_most_rows_are()
    {
        var (rows, failed) = Rows([.. Enumerable.Range(0, SegmentRanking.MaxSegments + 1).SelectMany(airport => Enumerable.Repeat(($"A{airport}", false), airport == 500 ? 10 : 11))]);

        var ranked = SegmentRanking.Rank(new(rows), failed);

        Assert.Equal(SegmentRanking.MaxSegments, ranked.Count);
        Assert.DoesNotContain(ranked, segment => segment.Value == "A500");
    }

    private static IReadOnlyList<RankedSegment> Simulated(Random random, bool planted)
    {
        List<AuditedRow> rows = [];
        List<bool> failed = [];
        for (var i = 0; i < 1_500; i++)
        {
            var origin = Airports[random.Next(Airports.Length)];
            rows.Add(Row(
                [new("entities.origin", origin), new("entities.destination", Airports[random.Next(Airports.Length)]), new("hour", $"{random.Next(24):00}"), new("model_version", random.Next(10) == 0 ? "2" : "1")],
                [new("inputs.distance_miles", random.Next(100, 2_500)), new("input_features.delay", random.NextDouble())]));
            failed.Add(random.NextDouble() < (planted && origin == "DEN" ? 0.4 : 0.05));
        }

        return SegmentRanking.Rank(new(rows), failed);
    }

    private static (IReadOnlyCollection<AuditedRow> Rows, bool[] Failed) Rows((string Origin, bool Failed)[] rows) =>
        ([.. rows.Select(row => Row([new("entities.origin", row.Origin)], []))], [.. rows.Select(row => row.Failed)]);

    private static AuditedRow Row(KeyValuePair<string, string>[] texts, KeyValuePair<string, double>[] numbers) => new(null, null, default, FailureKinds.None, null, texts, numbers, []);
}
