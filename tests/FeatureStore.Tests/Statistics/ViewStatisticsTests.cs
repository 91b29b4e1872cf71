using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Statistics;

public sealed class ViewStatisticsTests
{
    [Fact]
    public async Task What_was_answered_is_counted_by_view_and_feature()
    {
        await using var store = await ReadAsync();
        var view = await StatisticsAsync(store, "driver_stats");

        // Ratings 1, 2, 3 and 4, a driver whose rating is null and one that nobody knows: mean 2.5, mean square distance 1.25.
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"name":"rating","type":"FLOAT","count":6,"null_share":0.33333333333333337,"statuses":{"PRESENT":4,"NULL":1,"NOT_FOUND":1},
             "numbers":{"count":4,"mean":2.5,"standard_deviation":1.118033988749895,"min":1,"max":4,
              "histogram":[{"from":1,"to":1.25,"count":1},{"from":2,"to":2.5,"count":1},{"from":3,"to":3.5,"count":1},{"from":4,"to":5,"count":1}]}}
            """), view["features"]![0]), view["features"]![0]!.ToJsonString());
        Assert.Equal("""{"name":"state","type":"STRING","count":6,"null_share":0.16666666666666663,"statuses":{"PRESENT":5,"NOT_FOUND":1},"numbers":null}""", view["features"]![2]!.ToJsonString());
        Assert.Equal("""{"count":5,"mean":60,"standard_deviation":0,"min":60,"max":60,"histogram":[{"from":56,"to":64,"count":5}]}""", view["age_seconds"]!.ToJsonString());
        Assert.Equal([0L, 0L, 0L, 0L], (await StatisticsAsync(store, "trip_price"))["features"]!.AsArray().Select(feature => (long)feature!["count"]!));
    }

    [Fact]
    public async Task Metrics_say_the_same_and_the_lag_of_a_source_grows_while_it_is_silent()
    {
        await using var store = await ReadAsync();
        store.Time.Advance(TimeSpan.FromMinutes(3));
        using var metrics = new RecordedMetrics((IMeterFactory)store.MeterScope);
        metrics.Observe();
        (string, object?)[] rating = [("ml.feature_view", "driver_stats"), ("ml.feature", "rating")];
        Assert.Equal(["mean 2.5", "standard_deviation 1.118033988749895", "min 1", "max 4"], metrics.Of("ml.feature.value").Where(each => Equals(each.Tags["ml.feature"], "rating")).Select(each => System.FormattableString.Invariant($"{each.Tags["ml.statistic"]} {each.Value}")));
        Assert.Equal(1 / 3d, metrics.Sum("ml.feature.null_share", rating), 1e-9);
        Assert.Equal(240, metrics.Sum("ml.feature.lag", ("ml.push_source", "shifts"))); // pushed a minute old
    }

    [Fact]
    public async Task A_source_that_the_registry_no_longer_has_has_no_lag()
    {
        await using var store = await ReadAsync();
        await using (var redis = await store.ConnectAsync())
        {
            var hourAgo = store.Time.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds();
            await redis.GetDatabase().SortedSetAddAsync("fs:taxi", [new("gone", hourAgo), new("write:trip_price", hourAgo)]);
        }
        using var metrics = new RecordedMetrics((IMeterFactory)store.MeterScope);
        await Eventually.TrueAsync("the times to be shared", () =>
        {
            store.Time.Advance(SourceTimes.Interval);
            metrics.Observe();
            return metrics.Of("ml.feature.lag").Any(each => Equals(each.Tags["ml.push_source"], "write:trip_price"));
        });
        Assert.DoesNotContain(metrics.Of("ml.feature.lag"), each => Equals(each.Tags["ml.push_source"], "gone"));
    }

    [Fact]
    public async Task What_is_older_than_ten_minutes_is_forgotten()
    {
        await using var store = await ReadAsync();
        store.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(6, (long)(await StatisticsAsync(store, "driver_stats"))["features"]![0]!["count"]!);
        store.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, (long)(await StatisticsAsync(store, "driver_stats"))["features"]![0]!["count"]!);
    }

    [Fact]
    public async Task Transforms_are_counted_by_service()
    {
        await using var store = await ReadAsync(registry => registry.Replace("\"version\": 1,", "\"version\": 1, \"transforms\": [ { \"name\": \"twice\", \"expression\": \"driver_rating * 2\" } ],", StringComparison.Ordinal));
        foreach (var version in new[] { "", "?version=1" })
        {
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
                {"feature_service":"driver_activity","version":1,"transforms":[{"name":"twice","type":"DOUBLE","count":6,"null_share":0.33333333333333337,"statuses":{"PRESENT":4,"NULL":1,"NOT_FOUND":1},
                 "numbers":{"count":4,"mean":5,"standard_deviation":2.23606797749979,"min":2,"max":8,
                  "histogram":[{"from":2,"to":2.5,"count":1},{"from":4,"to":5,"count":1},{"from":6,"to":7,"count":1},{"from":8,"to":10,"count":1}]}}]}
                """), JsonNode.Parse(await store.Client.GetStringAsync($"/v1/registry/feature_services/driver_activity/statistics{version}"))));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await store.Client.GetAsync("/v1/registry/feature_services/driver_activity/statistics?version=2")).StatusCode);
    }

    [Fact]
    public async Task A_view_that_is_not_there_has_none()
    {
        await using var store = await Drivers.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await store.Client.GetAsync("/v1/registry/feature_views/nobody/statistics")).StatusCode);
    }

    /// <summary>Five drivers, of whom one has no rating, asked for together with one that nobody knows.</summary>
    private static async Task<Store> ReadAsync(Func<string, string>? change = null)
    {
        var store = await Drivers.StartAsync(change);
        var minuteAgo = store.Time.GetUtcNow().AddMinutes(-1);
        foreach (var (driver, rating) in new[] { (1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "null") })
        {
            (await store.PostAsync("/push", Drivers.Push(minuteAgo, driver, rating))).EnsureSuccessStatusCode();
        }
        (await store.PostAsync("/v1/features/online", """{"feature_service":"driver_activity","entities":{"driver_id":[1,2,3,4,5,6]}}""")).EnsureSuccessStatusCode();
        return store;
    }

    private static async Task<JsonNode> StatisticsAsync(Store store, string view) => JsonNode.Parse(await store.Client.GetStringAsync($"/v1/registry/feature_views/{view}/statistics"))!;
}
