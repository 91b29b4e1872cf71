using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Transforms;

public sealed class TransformTests
{
    private const string Two = """[{"name":"speed","expression":"coalesce(driver_rating, 1) * driver_trips"},{"name":"fast","expression":"speed > 10"}]""";

    [Fact]
    public async Task A_transform_is_answered_behind_the_features_with_the_status_and_age_of_what_it_was_made_of()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry, Two));
        var now = store.Time.GetUtcNow();
        Assert.Equal(["speed: null NOT_FOUND null", "fast: null NOT_FOUND null"], (await Drivers.ReadAsync(store)).TakeLast(2));
        (await store.PostAsync("/push", Drivers.Push(now, rating: "2.5", trips: "7"))).EnsureSuccessStatusCode();
        Assert.Equal(["speed: 17.5 PRESENT 60", "fast: true PRESENT 60"], (await Drivers.ReadAsync(store, now.AddMinutes(1))).TakeLast(2));
        Assert.Equal(["speed: 17.5 STALE 3601", "fast: true STALE 3601"], (await Drivers.ReadAsync(store, now.AddSeconds(3_601))).TakeLast(2));
        Assert.Equal(["speed: null EXPIRED null", "fast: null EXPIRED null"], (await Drivers.ReadAsync(store, now.AddDays(1).AddSeconds(1))).TakeLast(2));
        (await store.PostAsync("/push", Drivers.Push(now.AddMinutes(5), rating: "null", trips: "7"))).EnsureSuccessStatusCode();
        Assert.Equal(["speed: 7 PRESENT 0", "fast: false PRESENT 0"], (await Drivers.ReadAsync(store, now.AddMinutes(5))).TakeLast(2));
    }

    [Fact]
    public async Task A_value_that_cannot_be_computed_of_values_that_are_there_is_NULL()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry, """[{"name":"ratio","expression":"driver_rating / driver_trips"}]"""));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), trips: "0"))).EnsureSuccessStatusCode();
        Assert.Equal("ratio: null NULL null", (await Drivers.ReadAsync(store))[^1]);
    }

    [Fact]
    public async Task Feast_gets_them_too_and_the_registry_says_them()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry, Two));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), rating: "2.5", trips: "7"))).EnsureSuccessStatusCode();
        var answer = JsonNode.Parse(await (await store.PostAsync("/get-online-features", """{"feature_service":"driver_activity","entities":{"driver_id":[1001]},"full_feature_names":true}""")).Content.ReadAsStringAsync())!;
        Assert.Equal(["driver_activity__speed", "driver_activity__fast"], answer["metadata"]!["feature_names"]!.AsArray().TakeLast(2).Select(name => (string)name!));
        Assert.Equal(["[17.5]", "[true]"], answer["results"]!.AsArray().TakeLast(2).Select(column => column!["values"]!.ToJsonString()));
        Assert.Equal(Two, JsonNode.Parse(await store.Client.GetStringAsync("/v1/registry"))!["featureServices"]![0]!["transforms"]!.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData("""[{"name":"a","expression":"driver_state"}]""", "$.featureServices[0].transforms[0].expression", "character 1: 'driver_state' is neither a number nor a BOOL")]
    [InlineData("""[{"name":"a","expression":"1"},{"name":"b","expression":"c + a"},{"name":"c","expression":"1"}]""", "$.featureServices[0].transforms[1].expression", "character 1: there is no feature 'c' before it in the service")]
    [InlineData("""[{"name":"driver_trips","expression":"1"}]""", "$.featureServices[0].transforms[0]", "the service already has a feature 'driver_trips'")]
    [InlineData("""[{"name":"a"}]""", "$.featureServices[0].transforms[0]", "'expression' is missing")]
    [InlineData("""[{"name":"a","expression":"1","type":"INT32"}]""", "$.featureServices[0].transforms[0].type", "is not a property of this object")]
    public void A_wrong_transform_is_named_with_its_path(string transforms, string path, string message)
    {
        var problem = Assert.Single(Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(With(Drivers.Registry, transforms)))).Problems);
        Assert.Equal((path, message), (problem.Path, problem.Message));
    }

    private static string With(string registry, string transforms)
    {
        var root = JsonNode.Parse(registry)!;
        root["featureServices"]![0]!["transforms"] = JsonNode.Parse(transforms);
        return root.ToJsonString();
    }
}
