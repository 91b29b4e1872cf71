using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests.Registry;

public sealed class RegistryFileTests
{
    private static readonly string Shipped = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "features.json"));

    [Fact]
    public void The_shipped_file_defines_the_features_of_a_flight()
    {
        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(Shipped));
        Assert.Equal("flights", registry.Project);
        Assert.Equal(
            [
                "origin_mean_delay_1h", "origin_late_share_3h", "destination_mean_delay_1h", "destination_late_share_3h", "inbound_mean_delay_1h",
                "route_mean_delay_24h", "route_late_share_7d", "network_mean_delay_3h", "origin_departures_1h", "origin_backlog_7d", "route_backlog_1d", "route_backlog_7d",
            ],
            registry.Service("flight_delay")!.FeatureNames);
        var view = Assert.IsType<AggregateView>(registry.Views[0]);
        Assert.Equal(new ClippedValue("delay_minutes", -30, 180), view.Value);
        Assert.Equal(new Flag("delay_minutes", 15), view.Flag);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromDays(9), TimeSpan.FromDays(1)), (view.Tile, view.Retention, view.Ttl));
        Assert.Equal(new Backlog(TimeSpan.FromHours(3), TimeSpan.FromDays(7), TimeSpan.FromMinutes(10)), Assert.IsType<AggregateFeature>(registry.Views[4].Features[1]).Backlog);
    }

    [Fact]
    public void The_newest_version_of_a_service_is_the_one_found()
    {
        var registry = Parse(root =>
        {
            var second = root["featureServices"]![0]!.DeepClone();
            second["version"] = 2;
            root["featureServices"]!.AsArray().Insert(0, second);
        });
        Assert.Equal(2, registry.Service("flight_delay")!.Version);
        Assert.Null(registry.Service("unknown"));
    }

    [Theory]
    [InlineData("$", "colour", "\"red\"", "$.colour")]
    [InlineData("$", "project", "null", "$.project")]
    [InlineData("$", "project", "\"a b\"", "$.project")]
    [InlineData("$.entities[0]", "joinKeys", "[\"a\",\"a\"]", "$.entities[0].joinKeys")]
    [InlineData("$.entities[1]", "name", "\"airport\"", "$.entities[1]")]
    [InlineData("$.sources[0].fields[0]", "type", "\"TEXT\"", "$.sources[0].fields[0].type")]
    [InlineData("$.sources[0].fields[0]", "name", "\"event_time\"", "$.sources[0].fields[0]")]
    [InlineData("$.sources[0].fields[0]", "name", "\"destination\"", "$.sources[0].fields[1]")]
    [InlineData("$.sources[0]", "eventId", "\"origin\"", "$.sources[0].eventId")] // without lateness
    [InlineData("$.sources[0]", "late", "\"refuse\"", "$.sources[0].late")] // without lateness
    [InlineData("$.sources[1]", "lateness", "\"PT0S\"", "$.sources[1].lateness")]
    [InlineData("$.sources[1]", "lateness", "\"P30DT1S\"", "$.sources[1].lateness")]
    [InlineData("$.sources[1]", "lateness", "\"two hours\"", "$.sources[1].lateness")]
    [InlineData("$.featureViews[0]", "entity", "\"runway\"", "$.featureViews[0].entity")]
    [InlineData("$.featureViews[0]", "source", "\"radar\"", "$.featureViews[0].source")]
    [InlineData("$.featureViews[0]", "join", "{}", "$.featureViews[0].join")]
    [InlineData("$.featureViews[0]", "join", "{\"airport\":\"gate\"}", "$.featureViews[0].join.airport")]
    [InlineData("$.featureViews[0]", "join", "{\"airport\":\"delay_minutes\"}", "$.featureViews[0].join.airport")]
    [InlineData("$.featureViews[0]", "join", "{\"airport\":\"origin\",\"gate\":\"origin\"}", "$.featureViews[0].join.gate")]
    [InlineData("$.featureViews[0]", "tile", "\"PT7M\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "\"PT1S\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "\"P2D\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "\"five\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "\"P1M\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "\"PT\"", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "tile", "300", "$.featureViews[0].tile")]
    [InlineData("$.featureViews[0]", "retention", "\"PT1H\"", "$.featureViews[0].features[0]")]
    [InlineData("$.featureViews[0]", "retention", "\"P91D\"", "$.featureViews[0].retention")]
    [InlineData("$.featureViews[0]", "ttl", "\"PT0S\"", "$.featureViews[0].ttl")]
    [InlineData("$.featureViews[0]", "features", "[]", "$.featureViews[0].features")]
    [InlineData("$.featureViews[0].value", "field", "\"origin\"", "$.featureViews[0].value.field")]
    [InlineData("$.featureViews[0].value", "clip", "[1]", "$.featureViews[0].value.clip")]
    [InlineData("$.featureViews[0].value", "clip", "[10,-10]", "$.featureViews[0].value.clip")]
    [InlineData("$.featureViews[0].value", "clip", "[0,32768]", "$.featureViews[0].value.clip")]
    [InlineData("$.featureViews[0].value", "clip", "[0,1.5]", "$.featureViews[0].value.clip[1]")]
    [InlineData("$.featureViews[0].flag", "field", "\"none\"", "$.featureViews[0].flag.field")]
    [InlineData("$.featureViews[0].flag", "greaterThan", "\"15\"", "$.featureViews[0].flag.greaterThan")]
    [InlineData("$.featureViews[0].features[0]", "function", "\"median\"", "$.featureViews[0].features[0].function")]
    [InlineData("$.featureViews[0].features[0]", "window", "\"PT7M\"", "$.featureViews[0].features[0].window")]
    [InlineData("$.featureViews[0].features[0]", "window", "\"PT0S\"", "$.featureViews[0].features[0].window")]
    [InlineData("$.featureViews[0].features[0]", "lag", "\"P1D\"", "$.featureViews[0].features[0].lag")]
    [InlineData("$.featureViews[0].features[0]", "name", "\"late_share_3h\"", "$.featureViews[0].features[1]")]
    [InlineData("$.featureViews[4].features[0]", "function", "\"mean\"", "$.featureViews[4].features[0]")]
    [InlineData("$.featureViews[4].features[0]", "function", "\"share\"", "$.featureViews[4].features[0]")]
    [InlineData("$.featureViews[4].features[1]", "dayStart", "\"3 am\"", "$.featureViews[4].features[1].dayStart")]
    [InlineData("$.featureViews[4].features[1]", "dayStart", "\"03:01\"", "$.featureViews[4].features[1].dayStart")]
    [InlineData("$.featureViews[4].features[1]", "lag", "\"PT30H\"", "$.featureViews[4].features[1].lag")]
    [InlineData("$.featureViews[4].features[1]", "tolerance", "\"P1D\"", "$.featureViews[4].features[1].tolerance")]
    [InlineData("$.featureServices[0]", "version", "0", "$.featureServices[0].version")]
    [InlineData("$.featureServices[0].features[0]", "view", "\"none\"", "$.featureServices[0].features[0].view")]
    [InlineData("$.featureServices[0].features[0]", "entity", "{}", "$.featureServices[0].features[0].entity")]
    [InlineData("$.featureServices[0].features[0]", "features", "[\"none\"]", "$.featureServices[0].features[0].features[0]")]
    [InlineData("$.featureServices[0].features[2]", "prefix", "\"destination\"", "$.featureServices[0].features[2]")]
    public void A_wrong_value_is_reported_at_its_path(string at, string property, string value, string expectedPath)
    {
        var e = Assert.Throws<RegistryFileException>(() => Parse(root => Find(root, at)[property] = JsonNode.Parse(value)));
        Assert.Equal(expectedPath, Assert.Single(e.Problems, p => p.Path == expectedPath).Path);
    }

    [Theory]
    [InlineData(0, "P1DT3H", null)] // windows of an hour and of three
    [InlineData(0, "P1DT2H59M59S", "$.featureViews[0].features[1]: needs a retention of at least 1.03:00:00 (d.hh:mm:ss): how far it looks back, and the day that this begins in")]
    [InlineData(4, "P9D", null)] // a backlog of 7 days begins up to a day before that
    [InlineData(4, "P8DT23H59M59S", "$.featureViews[4].features[1]: needs a retention of at least 9.00:00:00 (d.hh:mm:ss): how far it looks back, and the day that this begins in")]
    public void A_view_keeps_the_whole_of_the_day_that_its_features_look_back_to(int view, string retention, string? problem)
    {
        void Set(JsonNode root) => root["featureViews"]![view]!["retention"] = retention;
        if (problem is null)
        {
            Assert.Equal(XmlConvert.ToTimeSpan(retention), Parse(Set).Views[view].Retention);
        }
        else
        {
            Assert.Equal([problem], Assert.Throws<RegistryFileException>(() => Parse(Set)).Problems.Select(found => $"{found.Path}: {found.Message}"));
        }
    }

    [Theory]
    [InlineData("PT1S", "delay_minutes", "apply", null)]
    [InlineData("P30D", "origin", "refuse", null)]
    [InlineData("PT1H", "gate", "apply", "$.sources[1].eventId: the source 'landings' has no field 'gate'")]
    [InlineData("PT1H", "origin", "drop", "$.sources[1].late: must be one of apply, refuse")]
    public void A_source_names_its_events_and_says_how_late_they_may_come(string lateness, string id, string late, string? expected)
    {
        void Set(JsonNode root) => (root["sources"]![1]!["lateness"], root["sources"]![1]!["eventId"], root["sources"]![1]!["late"]) = (lateness, id, late);
        if (expected is null)
        {
            Assert.Equal((id, XmlConvert.ToTimeSpan(lateness), late), Parse(Set).Source("landings") is { } source ? (source.EventId, source.Lateness!.Value, source.Late.ToString().ToLowerInvariant()) : default);
        }
        else
        {
            Assert.Equal(expected, Assert.Single(Assert.Throws<RegistryFileException>(() => Parse(Set)).Problems) is var problem ? $"{problem.Path}: {problem.Message}" : "");
        }
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        var e = Assert.Throws<RegistryFileException>(() => Parse(root =>
        {
            root["project"] = 5;
            root["featureViews"]![0]!["tile"] = "PT7M";
            root["featureViews"]![1]!["entity"] = "runway";
            root["featureViews"]![4]!.AsObject().Remove("ttl");
        }));
        Assert.Superset(new HashSet<string> { "$.project", "$.featureViews[0].tile", "$.featureViews[1].entity", "$.featureViews[4]" }, e.Problems.Select(p => p.Path).ToHashSet());
        Assert.Contains("$.featureViews[4]: 'ttl' is missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rules_of_a_view_that_cannot_be_read_whole_are_checked_too_and_nothing_is_told_twice()
    {
        var e = Assert.Throws<RegistryFileException>(() => Parse(root =>
        {
            var view = root["featureViews"]![0]!.AsObject();
            view.Remove("retention");
            view["tile"] = "five";
            view["ttl"] = "PT0S";
            view["colour"] = "red";
            view["value"]!["clip"] = new JsonArray(10, -10);
            view["features"]![0]!["window"] = 5;
        }));
        Assert.Equal(
            [
                "$.featureViews[0].colour: is not a property of this object",
                "$.featureViews[0].features[0].window: must be a string, not a number",
                "$.featureViews[0].tile: must be an ISO 8601 duration of days, hours, minutes and seconds, e.g. PT5M or P7D",
                "$.featureViews[0].ttl: must be longer than zero",
                "$.featureViews[0].value.clip: must be [lowest, highest] within -32767 and 32767",
                "$.featureViews[0]: 'retention' is missing",
            ],
            e.Problems.Select(problem => $"{problem.Path}: {problem.Message}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"owner\": \"\\ud800\"", "$.featureViews[0].owner: is no text: it has half a surrogate pair")]
    [InlineData("\"tags\": { \"\\ud800\": \"a\" }", "$: not JSON: Cannot read incomplete UTF-16 JSON text as string with missing low surrogate.")]
    public void Half_a_surrogate_pair_is_a_problem_like_any_other(string property, string expected)
    {
        var at = Shipped.IndexOf('{', Shipped.IndexOf("\"featureViews\"", StringComparison.Ordinal)) + 1;
        var e = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes($"{Shipped[..at]}{property},{Shipped[at..]}")));
        Assert.Equal([expected], e.Problems.Select(problem => $"{problem.Path}: {problem.Message}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"project\":\"a\",\"project\":\"b\"}")]
    public void What_is_not_a_registry_is_refused(string json) => Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(json)));

    private static FeatureRegistry Parse(Action<JsonNode> change)
    {
        var root = JsonNode.Parse(Shipped)!;
        change(root);
        return RegistryFile.Parse(JsonSerializer.SerializeToUtf8Bytes(root));
    }

    /// <summary>The node at <c>$.a[0].b</c>.</summary>
    private static JsonNode Find(JsonNode root, string path)
    {
        var node = root;
        foreach (var step in path.Split('.', '[').Skip(1))
        {
            node = step.EndsWith(']') ? node[int.Parse(step.TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture)]! : node[step]!;
        }
        return node;
    }
}
