using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Ingest;

public sealed class EntityBoundTests
{
    [Fact]
    public async Task One_entity_too_many_is_refused_or_set_aside_by_its_row_and_the_known_ones_are_taken()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry, "3"));
        Assert.Equal(HttpStatusCode.OK, await PushAsync(store, "null", 1, 2, 3));
        Assert.Equal(HttpStatusCode.OK, await PushAsync(store, "null", 3, 2, 1));
        var response = await PostAsync(store, "null", 2, 4);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal((HttpStatusCode.BadRequest, """[{"field":"df.driver[1]","message":"would be one entity more than 'driver_stats' may have, which is 3"}]"""), (response.StatusCode, problem!["errors"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal)));
        Assert.EndsWith("\"quarantined\":1}", await (await PostAsync(store, "\"quarantine\"", 2, 4)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("driver_trips: null NOT_FOUND null", await Drivers.ReadAsync(store, driver: 4));

        // Written directly, it is the same view.
        var direct = await store.PostAsync("/write-to-online-store", """{"feature_view_name":"driver_stats","df":{"driver_id":[5],"event_timestamp":["2001-04-01T12:00:00Z"],"rating":[1],"trips":[1],"state":["free"],"tags":[["a"]],"since":[1]}}""");
        Assert.Contains("df.driver_id[0] would be one entity more", await direct.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_refused_push_would_have_added_takes_nobodys_place()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry, "3"));
        Assert.Equal(HttpStatusCode.OK, await PushAsync(store, "null", 1, 2));
        Assert.Equal(HttpStatusCode.BadRequest, await PushAsync(store, "null", 3, 4));
        Assert.Equal(HttpStatusCode.OK, await PushAsync(store, "null", 4));
        Assert.Equal(HttpStatusCode.BadRequest, await PushAsync(store, "null", 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(20_000)]
    public void As_many_are_admitted_as_may_be_however_often_each_comes(int most)
    {
        var view = RegistryFile.Parse(Encoding.UTF8.GetBytes(With(Drivers.Registry, $"{most}"))).View("driver_stats")!;
        var bound = new EntityBound(view);
        Assert.Equal(Enumerable.Range(0, most), Enumerable.Range(0, 3 * most).Where(i => bound.Admit($"{i}", [])));
        Assert.All(Enumerable.Range(0, most), i => Assert.True(bound.Admit($"{i}", [])));
    }

    [Theory]
    [InlineData("0", "must be from 1 to 10000000")]
    [InlineData("10000001", "must be from 1 to 10000000")]
    [InlineData("1.5", "must be a whole number")]
    public void A_bound_that_is_none_is_named(string bound, string message)
    {
        var problem = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(With(Drivers.Registry, bound)))).Problems[0];
        Assert.Equal(("$.featureViews[0].maxEntities", message), (problem.Path, problem.Message));
    }

    private static string With(string registry, string maxEntities) => registry.Replace("\"name\": \"driver_stats\",", $"\"name\": \"driver_stats\", \"maxEntities\": {maxEntities},", StringComparison.Ordinal);

    private static async Task<HttpStatusCode> PushAsync(Store store, string onError, params long[] drivers) => (await PostAsync(store, onError, drivers)).StatusCode;

    private static Task<HttpResponseMessage> PostAsync(Store store, string onError, params long[] drivers)
    {
        var push = JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow()))!.AsObject();
        foreach (var (_, column) in push["df"]!.AsObject())
        {
            for (var row = 1; row < drivers.Length; row++)
            {
                column!.AsArray().Add(column[0]!.DeepClone());
            }
        }
        for (var row = 0; row < drivers.Length; row++)
        {
            push["df"]!["driver"]![row] = drivers[row];
        }
        push["on_error"] = JsonNode.Parse(onError);
        return store.PostAsync("/push", push.ToJsonString());
    }
}
