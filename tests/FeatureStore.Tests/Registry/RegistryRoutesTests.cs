using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Registry;

public sealed class RegistryRoutesTests
{
    [Fact]
    public async Task The_lineage_says_what_feeds_what_each_once()
    {
        await using var store = await Drivers.StartAsync();
        // driver_activity names driver_trips twice; trip_price has no source and is in no service.
        Assert.Equal(
            [
                "entity driver -> featureView driver_stats", "dataSource shifts -> featureView driver_stats",
                "entity driver -> featureView driver_trips", "dataSource shifts -> featureView driver_trips",
                "entity trip -> featureView trip_price",
                "featureView driver_trips -> featureService driver_activity 1", "featureView driver_stats -> featureService driver_activity 1",
            ],
            Relationships(await GetAsync(store, "lineage")));
    }

    [Theory]
    [InlineData("entities", "driver,trip")]
    [InlineData("data_sources", "shifts")]
    [InlineData("feature_views", "driver_stats,driver_trips,trip_price")]
    [InlineData("feature_services", "driver_activity")]
    public async Task A_list_has_every_definition_of_its_kind_as_it_is_got_by_name(string kind, string names)
    {
        await using var store = await Drivers.StartAsync();
        var list = (await GetAsync(store, kind))[kind]!.AsArray();
        Assert.Equal(names, string.Join(',', list.Select(definition => (string)definition!["name"]!)));
        foreach (var definition in list)
        {
            Assert.Equal(definition!.ToJsonString(), (await GetAsync(store, $"{kind}/{definition["name"]}")).ToJsonString());
        }
    }

    [Fact]
    public async Task A_view_is_as_in_its_file_with_the_layout_of_its_keys_and_its_relationships()
    {
        await using var store = await Drivers.StartAsync();
        var view = await GetAsync(store, "feature_views/driver_trips");
        Assert.Equal(["entity driver -> featureView driver_trips", "dataSource shifts -> featureView driver_trips", "featureView driver_trips -> featureService driver_activity 1"], Relationships(view));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow()))).EnsureSuccessStatusCode();
        Assert.Contains(await store.DumpAsync(), line => line.StartsWith($"ft:{{38}}:taxi:driver_trips:{view["layout"]}:1001:20010401 ", StringComparison.Ordinal));

        view.Remove("layout");
        view.Remove("relationships");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Drivers.Registry)!["featureViews"]![1], view), view.ToJsonString());
    }

    [Fact]
    public async Task Owner_tags_and_ttl_are_answered()
    {
        await using var store = await Drivers.StartAsync();
        var view = await GetAsync(store, "feature_views/driver_stats");
        Assert.Equal(("fleet@example.com", "gold", "PT1H"), ((string)view["owner"]!, (string)view["tags"]!["tier"]!, (string)view["ttl"]!));
    }

    [Fact]
    public async Task Of_a_service_the_newest_version_is_answered_unless_one_is_named()
    {
        await using var store = await Drivers.StartAsync(registry =>
        {
            var root = JsonNode.Parse(registry)!;
            var services = root["featureServices"]!.AsArray();
            for (var version = 3; version > 1; version--)
            {
                var service = services[0]!.DeepClone();
                service["version"] = version;
                service["features"]!.AsArray().RemoveAt(1); // driver_stats
                services.Add(service);
            }
            return root.ToJsonString();
        });
        var newest = await GetAsync(store, "feature_services/driver_activity");
        Assert.Equal(3, (int)newest["version"]!);
        Assert.Equal(["featureView driver_trips -> featureService driver_activity 3"], Relationships(newest));
        Assert.Equal(1, (int)(await GetAsync(store, "feature_services/driver_activity?version=1"))["version"]!);
        Assert.Equal([1, 3, 2], (await GetAsync(store, "feature_services"))["feature_services"]!.AsArray().Select(service => (int)service!["version"]!));
    }

    [Theory]
    [InlineData("feature_view", "kind")]
    [InlineData("featureViews/driver_trips", "kind")]
    [InlineData("feature_views/driver", "name")]
    [InlineData("feature_views/driver_trips?version=1", "name")]
    [InlineData("feature_services/driver_activity?version=2", "name")]
    public async Task What_is_not_there_is_not_found(string path, string field)
    {
        await using var store = await Drivers.StartAsync();
        var response = await store.Client.GetAsync($"/v1/registry/{path}");
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.NotFound, "not_found", field), (response.StatusCode, (string)problem["code"]!, (string)problem["errors"]![0]!["field"]!));
    }

    private static async Task<JsonObject> GetAsync(Store store, string path) => JsonNode.Parse(await store.Client.GetStringAsync($"/v1/registry/{path}"))!.AsObject();

    private static IEnumerable<string> Relationships(JsonObject json) => json["relationships"]!.AsArray().Select(relationship => $"{Text(relationship!["source"]!)} -> {Text(relationship["target"]!)}");

    private static string Text(JsonNode definition) => string.Join(' ', definition.AsObject().Select(property => property.Value!.ToString()));
}
