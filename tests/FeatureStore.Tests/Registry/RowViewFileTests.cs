using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Ingest;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Registry;

public sealed class RowViewFileTests
{
    [Fact]
    public void A_view_without_a_tile_holds_rows()
    {
        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(Drivers.Registry));
        var view = Assert.IsType<RowView>(registry.View("driver_stats"));
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromDays(1)), (view.Ttl, view.Retention));
        Assert.Equal(new RowFeature("rating", FieldType.Float, false, new ValueRange(0, 5), null), view.Row[0]);
        Assert.Equal((true, FieldType.Int32), (view.Row[1].NotNull, view.Row[1].Type));
        Assert.Equal(["free", "busy"], view.Row[2].Enum!);
        Assert.Equal((FieldType.StringList, FieldType.UnixTimestamp), (view.Row[3].Type, view.Row[4].Type));
        Assert.Equal(("fleet@example.com", "gold"), (view.Metadata.Owner, view.Metadata.Tags["tier"]));
        Assert.Null(registry.View("trip_price")!.From);
        Assert.Equal([new Field("city", FieldType.String), new Field("driver_id", FieldType.Int64)], registry.View("trip_price")!.Entity.Keys);
    }

    [Theory]
    [InlineData(Drivers.Registry)]
    [InlineData(Rides.Registry)]
    [InlineData("""{"project":"p","entities":[{"name":"city","joinKeys":["city"]}],"sources":[{"name":"s","eventTime":"t","fields":[{"name":"city","type":"STRING"}]}],"featureViews":[{"name":"v","entity":"city","source":"s","join":{"city":"city"},"tile":"PT1H","ownOffsets":true,"retention":"P2D","ttl":"P1D","features":[{"name":"n","function":"count","window":"PT1H"}]}],"featureServices":[]}""")]
    public void What_is_written_is_what_was_read(string registry)
    {
        var written = RegistryWriter.Write(RegistryFile.Parse(Encoding.UTF8.GetBytes(registry))).ToJsonString();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(registry), JsonNode.Parse(written)), written);
    }

    [Theory]
    [InlineData("{}", "$.featureServices[0].onUnavailable: 'defaults' is missing")]
    [InlineData("""{"defaults":{"hour_shifts_1h":"many"}}""", "$.featureServices[0].onUnavailable.defaults.hour_shifts_1h: must be a number, not a string")]
    [InlineData("""{"defaults":{"hour_shifts_1h":1,"driver_trips":1.5}}""", "$.featureServices[0].onUnavailable.defaults.driver_trips: must be a whole number")]
    [InlineData("""{"defaults":{"hour_shifts_1h":1,"driver_rating":1e39}}""", "$.featureServices[0].onUnavailable.defaults.driver_rating: must be within the range of 32-bit numbers")]
    [InlineData("""{"defaults":{"hour_shifts_1h":1,"driver_since":9223372036854775808}}""", "$.featureServices[0].onUnavailable.defaults.driver_since: must be a whole number of 64 bits")]
    [InlineData("""{"defaults":{"driver_tags":["a"]}}""", "$.featureServices[0].onUnavailable.defaults.driver_tags: is of type STRING_LIST, which has no default")]
    [InlineData("""{"defaults":{"hour_shifts_1h":1}}""", "$.featureServices[0].onUnavailable.defaults: 'driver_state' is missing")]
    [InlineData("""{"defaults":{"speed":1}}""", "$.featureServices[0].onUnavailable.defaults.speed: is not a property of this object")]
    public void Defaults_are_of_every_feature_and_of_its_type(string unavailable, string expected)
    {
        var root = JsonNode.Parse(Drivers.Registry)!;
        root["featureServices"]![0]!["onUnavailable"] = JsonNode.Parse(unavailable);
        var e = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(JsonSerializer.SerializeToUtf8Bytes(root)));
        Assert.Contains(expected, e.Problems.Select(problem => $"{problem.Path}: {problem.Message}"));
    }

    [Fact]
    public void Defaults_are_written_as_they_were_read()
    {
        var root = JsonNode.Parse(Drivers.Registry)!;
        root["featureServices"]![0]!["features"]![1]!["features"] = new JsonArray("state", "rating", "trips", "since");
        root["featureServices"]![0]!["onUnavailable"] = JsonNode.Parse("""{"defaults":{"hour_shifts_1h":1,"driver_state":"free","driver_rating":2.5,"driver_trips":3,"driver_since":9223372036854775807,"hour_mean_trips_1h":6.5}}""");
        var written = RegistryWriter.Write(RegistryFile.Parse(JsonSerializer.SerializeToUtf8Bytes(root))).ToJsonString();
        Assert.True(JsonNode.DeepEquals(root, JsonNode.Parse(written)), written);
    }

    [Theory]
    [InlineData("featureViews[0].features[0].type", "\"TEXT\"", "$.featureViews[0].features[0].type")]
    [InlineData("featureViews[0].features[0].type", "\"DOUBLE\"", "$.featureViews[0].features[0].name")] // the source has a FLOAT
    [InlineData("featureViews[0].features[0].name", "\"grade\"", "$.featureViews[0].features[0].name")]
    [InlineData("featureViews[0].features[0].name", "\"trips\"", "$.featureViews[0].features[1]")]
    [InlineData("featureViews[0].features[0].range", "[5,0]", "$.featureViews[0].features[0].range")]
    [InlineData("featureViews[0].features[0].range", "[5]", "$.featureViews[0].features[0].range")]
    [InlineData("featureViews[0].features[0].range", "[0,1e999]", "$.featureViews[0].features[0].range[1]")]
    [InlineData("featureViews[0].features[0].notNull", "1", "$.featureViews[0].features[0].notNull")]
    [InlineData("featureViews[0].features[0].enum", "[\"a\"]", "$.featureViews[0].features[0].enum")]
    [InlineData("featureViews[0].features[2].enum", "[]", "$.featureViews[0].features[2].enum")]
    [InlineData("featureViews[0].features[2].range", "[0,1]", "$.featureViews[0].features[2].range")]
    [InlineData("featureViews[0].retention", "\"PT30M\"", "$.featureViews[0].retention")]
    [InlineData("featureViews[0].join.driver_id", "\"state\"", "$.featureViews[0].join.driver_id")] // no INT64
    [InlineData("featureViews[0].tags", "[]", "$.featureViews[0].tags")]
    [InlineData("featureViews[0].tags.tier", "1", "$.featureViews[0].tags.tier")]
    [InlineData("featureViews[0].owner", "1", "$.featureViews[0].owner")]
    [InlineData("featureViews[2].features[0].name", "\"city\"", "$.featureViews[2].features[0]")]
    [InlineData("featureViews[2].features[0].name", "\"created\"", "$.featureViews[2]")]
    [InlineData("featureViews[2].features", "[]", "$.featureViews[2].features")]
    [InlineData("featureViews[2].source", "\"shifts\"", "$.featureViews[2]")] // without a join
    [InlineData("entities[0].joinKeys[0].type", "\"FLOAT\"", "$.entities[0].joinKeys[0].type")]
    [InlineData("entities[1].joinKeys[0]", "\"driver_id\"", "$.entities[1].joinKeys")]
    public void A_wrong_value_is_reported_at_its_path(string at, string value, string expectedPath)
    {
        var root = JsonNode.Parse(Drivers.Registry)!;
        var steps = at.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => step[0] == '[' ? node[int.Parse(step.Trim('[', ']'), System.Globalization.CultureInfo.InvariantCulture)]! : node[step]!);
        if (steps[^1][0] == '[')
        {
            parent[int.Parse(steps[^1].Trim('[', ']'), System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
        }
        else
        {
            parent[steps[^1]] = JsonNode.Parse(value);
        }
        var e = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(JsonSerializer.SerializeToUtf8Bytes(root)));
        Assert.Contains(expectedPath, e.Problems.Select(p => p.Path));
    }

    [Fact]
    public void A_request_column_has_one_type()
    {
        var changed = Drivers.Registry.Replace("{ \"name\": \"driver\", \"joinKeys\"", "{ \"name\": \"shift\", \"joinKeys\": [\"state\"] }, { \"name\": \"driver\", \"joinKeys\"", StringComparison.Ordinal)
            .Replace("{ \"name\": \"driver_trips\", \"entity\": \"driver\", \"source\": \"shifts\", \"join\": { \"driver_id\": \"driver\" }", "{ \"name\": \"driver_trips\", \"entity\": \"shift\", \"source\": \"shifts\", \"join\": { \"state\": \"state\" }", StringComparison.Ordinal)
            .Replace("\"driver_trips\", \"entity\": { \"driver_id\": \"driver_id\" }", "\"driver_trips\", \"entity\": { \"state\": \"driver_id\" }", StringComparison.Ordinal);
        var e = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(changed)));
        Assert.Contains(e.Problems, p => p.Path == "$.featureServices[0].features[1].entity" && p.Message.Contains("STRING and INT64", StringComparison.Ordinal));
    }
}
