using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Windows;

namespace MlAspire.Monitoring.Tests.Failures;

public sealed class FailureSegmentsTests
{
    private static readonly string[] Airports = ["ATL", "BOS", "DEN", "LAX"];
    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The store has nothing for 20 of the 60 flights from Denver, so the fallback answers them.</summary>
    [Fact]
    public void The_airport_that_falls_back_is_first_and_not_the_missing_features_that_made_it_fall_back()
    {
        var rows = Enumerable.Range(0, 240).Select(i => AuditedRow.Of(
            JsonElement.Parse($$$"""
            {"event":"prediction_audit","timestamp":"{{{Start.AddSeconds(i):O}}}","correlation_id":"flight-{{{i}}}","model":"{{{(i % 12 == 2 ? "other" : "flight-delay")}}}","fallback_for":{{{(i % 12 == 2 ? "\"flight-delay\"" : "null")}}},
            "feature_service":"flight_delay","entities":{"origin":"{{{Airports[i % 4]}}}"},"input_features":{"delay":{"value":1,"status":"{{{(i % 12 == 2 ? "NOT_FOUND" : "PRESENT")}}}"}},"prediction":{"label":"late"}}
            """),
            "flight-delay")!);

        var answer = Segments([.. rows]);

        var first = answer.Segments[0];
        Assert.Equal(("entities.origin", "DEN", 20, 60, true), (first.Attribute, first.Value, first.Failures, first.Units, first.Flagged));
        Assert.DoesNotContain(answer.Segments, segment => segment.Attribute == "features" || segment.Value == "NOT_FOUND");
    }

    [Fact]
    public void A_request_is_counted_once_with_what_its_rows_share()
    {
        AuditedRow[] rows = [.. Enumerable.Range(0, 20).SelectMany(request => Airports.Select(airport => Row(request, "flights", airport, FailureKinds.Error)).Append(Row(request + 20, "others", "ATL", FailureKinds.None)))];

        var answer = Segments(rows);

        Assert.Equal(("request", 40, 20), (answer.Unit, answer.Units, answer.Failures));
        Assert.Equal([("caller", "flights", 20, 20), ("caller", "others", 0, 20)], answer.Segments.Select(segment => (segment.Attribute, segment.Value, segment.Failures, segment.Units)));
    }

    /// <summary>Ten callers with 20 requests of 50 rows each, of which one in 33 fails whole, whoever asks: in 95 of 100 runs nothing is flagged.</summary>
    [Fact]
    public void When_nothing_is_wrong_requests_that_fail_whole_flag_nothing()
    {
        var random = new Random(3);

        var runs = Enumerable.Range(0, 100).Count(_ => Segments([.. Enumerable.Range(0, 200).SelectMany(request =>
        {
            var kind = random.Next(33) == 0 ? FailureKinds.Error : FailureKinds.None;
            return Enumerable.Range(0, 50).Select(_ => Row(request, $"caller-{request % 10}", Airports[random.Next(Airports.Length)], kind)).ToArray();
        })]).Segments.Any(segment => segment.Flagged));

        Assert.InRange(runs, 0, 5);
    }

    [Fact]
    public void Features_that_are_stale_may_be_why_rows_of_one_request_are_answered_wrong()
    {
        AuditedRow[] rows = [.. Enumerable.Range(0, 40).Select(row => Row(0, "flights", "ATL", FailureKinds.None) with { PredictionId = $"p-{row}", Label = "late", Statuses = [new("features", row < 20 ? "stale" : "present")] })];

        var answer = Segments(rows, "wrong_label", [.. Enumerable.Range(0, 40).Select(row => new FeedbackLabel($"p-{row}", Positive: row >= 20))]);

        Assert.Equal(("row", 40, 20), (answer.Unit, answer.Units, answer.Failures));
        Assert.Equal(("features", "stale", 20, 20, true), (answer.Segments[0].Attribute, answer.Segments[0].Value, answer.Segments[0].Failures, answer.Segments[0].Units, answer.Segments[0].Flagged));
    }

    private static SegmentsAnswer Segments(AuditedRow[] rows, string? failure = null, params FeedbackLabel[] labels)
    {
        using var http = new HttpClient();
        var statistics = new ModelStatistics(TimeProvider.System, Options.Create(new WindowOptions()), Options.Create(new QualityOptions()));
        statistics.Record(RunningMonitoring.Prediction("newest")); // says which label is the positive one
        statistics.Label(labels);
        return new FailureSegments(new(new(http)), statistics).Of(FailureQuestion.Of("flight-delay", new(Start, Start.AddDays(1)), failure), new(rows, true));
    }

    private static AuditedRow Row(int request, string caller, string origin, FailureKinds kind) =>
        new(null, $"request-{request}", Start.AddSeconds(request), kind, null, [new("caller", caller), new("entities.origin", origin)], [], []);
}
