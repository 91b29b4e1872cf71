using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class FreshnessTests
{
    // 0.005 of AUC is lost a quarter of the way from 10 to 30 minutes: after 15.
    private const string Freshness = """{ "aucBudget": 0.005, "curve": [ { "staleMinutes": 0, "auc": 0.8 }, { "staleMinutes": 10, "auc": 0.8 }, { "staleMinutes": 30, "auc": 0.78 } ] }""";

    [Fact]
    public async Task A_view_says_how_old_its_source_may_be_for_the_AUC_that_may_be_lost()
    {
        await using var store = await Drivers.StartAsync(WithFreshness);
        var view = JsonNode.Parse(await store.Client.GetStringAsync("/v1/registry/feature_views/driver_stats"))!;
        Assert.Equal(900, (int)view["max_age_seconds"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Freshness), view["freshness"]));
    }

    [Fact]
    public void A_curve_that_never_loses_the_budget_gives_no_age() =>
        Assert.Null(new Freshness(0.005, [new StalenessPoint(0, 0.8), new StalenessPoint(1_440, 0.796)]).MaxAge);

    [Fact]
    public async Task Values_are_stale_when_their_source_is_too_far_behind_and_not_when_their_row_is_old()
    {
        await using var store = await Drivers.StartAsync(WithFreshness);
        var last = store.Time.GetUtcNow();
        await PushAsync(store, last.AddMinutes(-40), driver: 1001);
        await PushAsync(store, last, driver: 1002);
        Assert.Contains("driver_trips: 7 PRESENT 2400", await Drivers.ReadAsync(store, last));
        Assert.Contains("driver_trips: 7 PRESENT 900", await Drivers.ReadAsync(store, last.AddMinutes(15), driver: 1002));
        var behind = await Drivers.ReadAsync(store, last.AddMinutes(15).AddMilliseconds(1), driver: 1002);
        Assert.Contains("driver_trips: 7 STALE 900", behind);
        Assert.Contains("hour_mean_trips_1h: 7 STALE 600", behind);
        Assert.Contains("driver_trips: 7 PRESENT 2399", await Drivers.ReadAsync(store, last.AddSeconds(-1)));
    }

    [Fact]
    public async Task Rows_that_are_set_aside_do_not_make_their_source_fresh()
    {
        await using var store = await Drivers.StartAsync(WithFreshness);
        var last = store.Time.GetUtcNow();
        await PushAsync(store, last, driver: 1001);
        store.Time.Advance(TimeSpan.FromMinutes(16));
        var poison = JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow(), 1002, rating: "\"none\""))!;
        (poison["producer"], poison["offset"], poison["on_error"]) = ("taxi", 1_000, "quarantine");
        (await store.Client.PostAsync("/push", new StringContent(poison.ToJsonString(), null, "application/json"))).EnsureSuccessStatusCode();
        Assert.Contains("driver_trips: 7 STALE 960", await Drivers.ReadAsync(store, store.Time.GetUtcNow()));
    }

    [Fact]
    public async Task An_event_that_is_yet_to_come_does_not_make_its_source_fresh_wherever_it_was_taken()
    {
        await using var store = await Drivers.StartAsync(WithFreshness);
        var last = store.Time.GetUtcNow();
        await PushAsync(store, last, driver: 1001);
        await PushAsync(store, last.AddYears(1), driver: 1002);
        Assert.Contains("driver_trips: 7 STALE 960", await Drivers.ReadAsync(store, last.AddMinutes(16)));
        await PushAsync(store, last.AddMinutes(1), driver: 1001); // as a clock that is ahead has it
        Assert.Contains("driver_trips: 7 PRESENT 900", await Drivers.ReadAsync(store, last.AddMinutes(16)));

        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().SortedSetAddAsync("fs:taxi", [new("shifts", last.AddYears(1).ToUnixTimeMilliseconds()), new("others", last.ToUnixTimeMilliseconds())]);
        store.Time.Advance(SourceTimes.Interval);
        await Eventually.TrueAsync("what others took to be known", () => store.Services.GetRequiredService<SourceTimes>().All.Any(source => source.Key == "others"));
        Assert.Contains("driver_trips: 7 STALE 901", await Drivers.ReadAsync(store, last.AddMinutes(16).AddSeconds(1)));
    }

    [Fact]
    public async Task What_one_replica_took_it_shares_within_a_second_and_the_others_know_a_second_later()
    {
        await using var store = await Drivers.StartAsync(WithFreshness);
        var other = await Drivers.AddReplicaAsync(store, WithFreshness);
        await using var redis = await store.ConnectAsync();
        var last = store.Time.GetUtcNow();
        (await other.PostAsync("/push", new StringContent(Drivers.Push(last), null, "application/json"))).EnsureSuccessStatusCode();
        store.Time.Advance(SourceTimes.Interval);
        await Eventually.TrueAsync("the source's newest event to be shared", async () => await redis.GetDatabase().SortedSetScoreAsync("fs:taxi", "shifts") == last.ToUnixTimeMilliseconds());
        store.Time.Advance(SourceTimes.Interval);
        await Eventually.TrueAsync("the replica to be told of it", async () => (await Drivers.ReadAsync(store, last.AddMinutes(16))).Contains("driver_trips: 7 STALE 960"));
    }

    [Fact]
    public async Task The_flights_model_answers_fifty_minutes_after_the_feeds_stopped_and_its_fallback_three_hours_after()
    {
        using var pipeline = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "models", "flight-delay", "pipeline.json"), TestContext.Current.CancellationToken));
        var most = pipeline.RootElement.GetProperty("fallback").GetProperty("maxStaleShare").GetDouble();
        await using var store = await Store.StartAsync();
        var last = store.Time.GetUtcNow();
        foreach (var source in new[] { "landings", "departures" })
        {
            await store.PushAsync([.. Enumerable.Range(0, 30).SelectMany(i => new Flights.Event[] { new(source, last.AddMinutes(-10 * i), "ATL", "LAX", 20), new(source, last.AddMinutes(-10 * i), "LAX", "ATL", 20) })]);
        }
        // The longest silence of the committed half year is 51 minutes; after 160.7 the model without the store is better.
        Assert.Equal(0, await StaleShareAsync(50));
        Assert.Equal(0.25, await StaleShareAsync(160)); // in three of the windows, of an hour, was nothing
        Assert.InRange(await StaleShareAsync(161), most + 0.001, 1);
        Assert.InRange(await StaleShareAsync(180), most + 0.001, 1);
        Assert.Equal(1, await StaleShareAsync(12 * 60));

        async Task<double> StaleShareAsync(int minutes) => Assert.Single(await store.ReadAsync(("ATL", "LAX", last.AddMinutes(minutes)))).Values.Average(answer => answer.Status == "PRESENT" ? 0.0 : 1.0);
    }

    [Fact]
    public void The_shipped_views_may_be_as_stale_as_the_model_without_them_is_worse()
    {
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "models", "flight-delay", "1", "freshness.json")));
        var measured = report.RootElement;
        var points = measured.GetProperty("views").EnumerateArray().Single(view => view.GetProperty("view").GetString() == "all").GetProperty("points").EnumerateArray()
            .Select(point => new StalenessPoint(point.GetProperty("stale_minutes").GetInt32(), point.GetProperty("auc").GetDouble())).ToList();
        var longest = TimeSpan.FromMinutes(measured.GetProperty("fallback_after_minutes").GetDouble());
        Assert.All(Flights.Registry.Views, view =>
        {
            Assert.Equal(points, view.Freshness!.Curve);
            Assert.Equal(measured.GetProperty("fresh_auc").GetDouble() - measured.GetProperty("request_only_auc").GetDouble(), view.Freshness.AucBudget, 6);
            Assert.InRange((view.Freshness.MaxAge!.Value - longest).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(0.1));
        });
    }

    [Fact]
    public void What_is_wrong_with_a_freshness_is_named()
    {
        var wrong = Drivers.Registry
            .Replace("\"owner\"", """ "freshness": { "aucBudget": 0, "curve": [ { "staleMinutes": 0, "auc": 0.8 } ] }, "owner" """, StringComparison.Ordinal)
            .Replace("\"name\": \"trip_price\",", """ "name": "trip_price", "freshness": { "aucBudget": 0.1, "curve": [ { "staleMinutes": 0, "auc": 1.5 }, { "staleMinutes": 0, "auc": 0.8 } ] },""", StringComparison.Ordinal);
        var problems = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(System.Text.Encoding.UTF8.GetBytes(wrong))).Problems;
        Assert.Equal(
            [
                "$.featureViews[0].freshness.aucBudget: must be more than 0",
                "$.featureViews[0].freshness.curve: must be 2 to 100 points, the first fresh (0 minutes), each staler than the one before",
                "$.featureViews[2].freshness: needs a source, whose newest event says how far the view is behind",
                "$.featureViews[2].freshness.curve: must be 2 to 100 points, the first fresh (0 minutes), each staler than the one before",
                "$.featureViews[2].freshness.curve: an AUC is from 0 to 1",
            ],
            problems.Select(problem => $"{problem.Path}: {problem.Message}"));
    }

    private static string WithFreshness(string registry) => registry
        .Replace("\"owner\"", $"\"freshness\": {Freshness}, \"owner\"", StringComparison.Ordinal)
        .Replace("\"name\": \"driver_trips\",", $"\"name\": \"driver_trips\", \"freshness\": {Freshness},", StringComparison.Ordinal);

    private static async Task PushAsync(Store store, DateTimeOffset time, long driver) => (await store.PostAsync("/push", Drivers.Push(time, driver))).EnsureSuccessStatusCode();
}
