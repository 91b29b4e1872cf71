using System.Text.Json;
using MlAspire.Monitoring.Failures;

namespace MlAspire.Monitoring.Tests.Failures;

public sealed class AuditedRowTests
{
    private const string Trail = "\"timestamp\":\"2001-03-01T13:05:00+00:00\",\"prediction_id\":\"p-1\",\"caller\":\"flights\",\"model\":\"flight-delay\",\"model_version\":\"1\",\"arm\":\"stable\",\"fallback_for\":null";
    private const string Inputs = "\"entities\":{\"origin\":\"ATL\"},\"inputs\":{\"distance_miles\":761,\"departure\":\"2001-03-01T08:05:00-05:00\"}";

    private static readonly string[] Known = ["hour=13", "caller=flights", "model_version=1", "arm=stable", "entities.origin=ATL", "inputs.departure.hour=08"];

    [Fact]
    public void An_answer_has_what_was_asked_and_read()
    {
        var row = Row($$$"""{"event":"prediction_audit",{{{Trail}}},"feature_service":"flight_delay",{{{Inputs}}},"input_features":{"delay":{"value":12.5,"status":"PRESENT"},"share":{"value":0.2,"status":"STALE"}},"prediction":{"probability":0.7,"label":"late"}}""")!;

        Assert.Equal(("p-1", FailureKinds.None, "late"), (row.PredictionId, row.Kind, row.Label));
        Assert.Equal(Known, Texts(row.Texts));
        Assert.Equal(["features=stale", "input_features.share=STALE"], Texts(row.Statuses));
        Assert.Equal([new("inputs.distance_miles", 761), new("input_features.delay", 12.5)], row.Numbers);
    }

    [Fact]
    public void A_failure_before_the_features_were_read_says_so()
    {
        var row = Row($$$"""{"event":"prediction_failed",{{{Trail}}},"code":"unavailable","feature_service":"flight_delay",{{{Inputs}}}}""")!;

        Assert.Equal((FailureKinds.Error, null), (row.Kind, row.Label));
        Assert.Equal(Known, Texts(row.Texts));
        Assert.Equal(["features=not read"], Texts(row.Statuses));
    }

    [Fact]
    public void An_answer_of_the_fallback_is_the_asked_models_and_has_neither_version_nor_arm()
    {
        var row = Row("""{"event":"prediction_audit","timestamp":"2001-03-01T13:05:00+00:00","caller":"flights","model":"other","model_version":"1","arm":"fallback","fallback_for":"flight-delay","prediction":{"label":"late"}}""")!;

        Assert.Equal(FailureKinds.Fallback, row.Kind);
        Assert.Equal(["hour=13", "caller=flights"], Texts(row.Texts));
    }

    [Theory]
    [InlineData("""{"event":"prediction_audit","model":"another","timestamp":"2001-03-01T13:05:00+00:00"}""")]
    [InlineData("""{"event":"inference_forwarded","model":"flight-delay","timestamp":"2001-03-01T13:05:00+00:00"}""")]
    [InlineData("""{"event":"route_changed","timestamp":"2001-03-01T13:05:00+00:00"}""")]
    public void Other_records_are_no_rows(string record) => Assert.Null(Row(record));

    private static AuditedRow? Row(string record) => AuditedRow.Of(JsonElement.Parse(record), "flight-delay");

    private static string[] Texts(IReadOnlyList<KeyValuePair<string, string>> texts) => [.. texts.Select(text => $"{text.Key}={text.Value}")];
}
