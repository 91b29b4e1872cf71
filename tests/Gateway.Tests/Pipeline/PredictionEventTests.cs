using System.Text;
using System.Text.Json;
using MlAspire.Gateway.Pipeline.Events;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class PredictionEventTests
{
    private const string Json = """
        {"prediction_id":"p1","model":"flight-delay","version":"1","arm":"stable","status":"ok","time":"2001-03-01T13:00:00+00:00","event_time":"2001-03-01T08:00:00-05:00",
        "latency_ms":2.5,"probability":0.25,"label":"on_time","positive_label":"late","entities":{"origin":"ATL"},"features_missing":1,"correlation_id":"c1","trace_id":"t1"}
        """;

    private static readonly PredictionEvent Event = new()
    {
        PredictionId = "p1", Model = "flight-delay", Version = "1", Arm = "stable", Status = "ok",
        Time = new(2001, 3, 1, 13, 0, 0, TimeSpan.Zero), EventTime = new(2001, 3, 1, 8, 0, 0, TimeSpan.FromHours(-5)),
        LatencyMs = 2.5, Probability = 0.25, Label = "on_time", PositiveLabel = "late", Entities = new Dictionary<string, string> { ["origin"] = "ATL" },
        FeaturesMissing = 1, CorrelationId = "c1", TraceId = "t1",
    };

    [Fact]
    public void The_wire_has_the_names_of_the_contract() => Assert.Equal(Json.ReplaceLineEndings(""), Encoding.UTF8.GetString(Event.ToJson()));

    [Fact]
    public void Of_a_request_that_a_split_assigned_it_says_where_and_which_row() =>
        Assert.Contains("\"arm\":\"stable\",\"place\":0.75,\"row\":2,", Encoding.UTF8.GetString((Event with { Place = 0.75, Row = 2 }).ToJson()), StringComparison.Ordinal);

    [Fact]
    public void The_wire_is_read_back() => Assert.Equivalent(Event, PredictionEvent.Parse(Encoding.UTF8.GetBytes(Json)), strict: true);

    [Fact]
    public void A_reader_does_not_mind_what_it_does_not_know()
    {
        var read = PredictionEvent.Parse("""{"model":"m","arm":"stable","status":"internal","time":"2001-03-01T13:00:00+00:00","latency_ms":1,"later":[1]}"""u8);

        Assert.Equal(("m", "internal", null, null, 0), (read.Model, read.Status, read.PredictionId, read.Probability, read.Entities.Count));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("garbage")]
    public void What_is_no_event_is_a_JsonException(string json) => Assert.ThrowsAny<JsonException>(() => PredictionEvent.Parse(Encoding.UTF8.GetBytes(json)));
}
