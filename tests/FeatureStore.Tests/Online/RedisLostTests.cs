using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class RedisLostTests
{
    private const string Request = """{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]}}""";

    [Fact]
    public async Task While_Redis_is_lost_reads_and_pushes_are_unavailable_and_afterwards_they_are_back()
    {
        await using var store = await Store.StartAsync();
        Flights.Event[] landing = [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)];
        await store.PushAsync(landing, "radar");
        await store.Redis.KillAsync();
        for (var i = 0; i < 3; i++)
        {
            await AssertUnavailable(store.PostAsync("/v1/features/online", Request));
            await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landing, "radar", 1)));
            await AssertUnavailable(store.Client.GetAsync("/v1/producers/radar"));
        }
        await Eventually.TrueAsync("the service to be not ready", async () => !await IsReady(store));

        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("reads to be answered again", async () => (await store.PostAsync("/v1/features/online", Request)).IsSuccessStatusCode);
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar"));
        Assert.Equal(20, (await store.ReadAsync(("ATL", "LAX", null)))[0]["origin_mean_delay_1h"].Value);
        await Eventually.TrueAsync("the service to be ready", () => IsReady(store));
    }

    [Fact]
    public async Task A_Redis_without_its_replicas_takes_no_pushes_and_the_service_goes_on()
    {
        await using var store = await Store.StartAsync();
        Flights.Event[] landing = [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)];
        await store.PushAsync(landing, "radar");
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ConfigSetAsync("min-replicas-to-write", 1);
        await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landing, "radar", 1)));
        store.Time.Advance(SourceTimes.Interval); // which writes, too
        await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landing, "radar", 1)));

        await redis.GetServers()[0].ConfigSetAsync("min-replicas-to-write", 0);
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar", 1));
        Assert.True(await IsReady(store));
    }

    [Fact]
    public async Task While_Redis_is_lost_a_service_with_defaults_answers_them_as_such()
    {
        await using var store = await Drivers.StartAsync(WithDefaults);
        await store.Redis.KillAsync();

        Assert.Equal(
            ["hour_mean_trips_1h: 6.5 DEFAULT null", "driver_rating: 2.5 DEFAULT null", "driver_trips: 3 DEFAULT null", "driver_state: \"free\" DEFAULT null", "driver_since: 0 DEFAULT null", "twice: 13 DEFAULT null"],
            await Drivers.ReadAsync(store, service: "driver_guess"));
        using var feast = await store.PostAsync("/get-online-features", """{"feature_service":"driver_guess","entities":{"driver_id":[1001]}}""");
        Assert.Contains("""{"values":[6.5],"statuses":["PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z"]}""", await feast.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await AssertUnavailable(store.PostAsync("/v1/features/online", """{"feature_service":"driver_activity","entities":{"driver_id":[1001]}}"""));

        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("the store to be read again", async () => (await Drivers.ReadAsync(store, service: "driver_guess"))[0] == "hour_mean_trips_1h: null NOT_FOUND null");
    }

    [Fact]
    public async Task Defaults_are_counted_as_answered_and_are_no_numbers_of_the_store()
    {
        await using var store = await Drivers.StartAsync(WithDefaults);
        await store.Redis.KillAsync();
        await Drivers.ReadAsync(store, service: "driver_guess");

        var rating = JsonNode.Parse(await store.Client.GetStringAsync("/v1/registry/feature_views/driver_stats/statistics"))!["features"]![0]!;
        Assert.Equal("""{"name":"rating","type":"FLOAT","count":1,"null_share":1,"statuses":{"DEFAULT":1},"numbers":null}""", rating.ToJsonString());
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_unavailable_in_bounded_time()
    {
        await using var store = await Store.StartAsync(("Redis:CommandTimeoutMilliseconds", "200"));
        await store.ReadAsync(("ATL", "LAX", null));
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "3000", "ALL");
        await AssertUnavailable(store.PostAsync("/v1/features/online", Request));
        await Eventually.TrueAsync("reads to be answered again", async () => (await store.PostAsync("/v1/features/online", Request)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_read_takes_no_longer_than_its_caller_waits()
    {
        await using var store = await Store.StartAsync(("Redis:CommandTimeoutMilliseconds", "60000"));
        await store.ReadAsync(("ATL", "LAX", null));
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "60000", "ALL");

        var reading = AskAsync("100");
        await Eventually.TrueAsync("the read to end", () =>
        {
            store.Time.Advance(TimeSpan.FromMilliseconds(100));
            return reading.IsCompleted;
        });
        using var late = await reading;
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        Assert.Contains("deadline_exceeded", await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var wrong = await AskAsync("soon");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("\"x-request-timeout-ms\"", await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Task<HttpResponseMessage> AskAsync(string milliseconds)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/features/online") { Content = new StringContent(Request, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Add("x-request-timeout-ms", milliseconds);
            return store.Client.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("/v1/features/online")]
    [InlineData("/get-online-features")]
    public async Task A_Redis_that_hangs_does_not_cost_a_service_with_defaults_its_answer(string route)
    {
        await using var store = await Drivers.StartAsync(WithDefaults, ("Redis:CommandTimeoutMilliseconds", "60000"));
        await Drivers.ReadAsync(store, service: "driver_guess");
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "60000", "ALL");
        var armed = store.Time.ArmedTimers;
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new StringContent("""{"feature_service":"driver_guess","entities":{"driver_id":[1001]}}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("x-request-timeout-ms", "1000");
        var reading = store.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync("the request, the defaults and the command to have their times", () => store.Time.ArmedTimers >= armed + 3);

        store.Time.Advance(TimeSpan.FromMilliseconds(799));
        Assert.False(reading.IsCompleted);
        store.Time.Advance(TimeSpan.FromMilliseconds(1));

        using var answer = await reading.WithinAsync("the defaults");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"values\":[6.5]", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_Redis_the_service_starts_and_waits_for_it()
    {
        await using var store = await Store.StartAsync();
        await store.Redis.KillAsync();
        var early = await store.AddReplicaAsync(connected: false);
        await AssertUnavailable(early.PostAsync("/v1/features/online", new StringContent(Request, System.Text.Encoding.UTF8, "application/json")));
        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("reads to be answered", async () =>
            (await early.PostAsync("/v1/features/online", new StringContent(Request, System.Text.Encoding.UTF8, "application/json"))).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_Redis_that_forgot_its_scripts_takes_pushes()
    {
        await using var store = await Store.StartAsync();
        Flights.Event[] landing = [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)];
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar"));
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ScriptFlushAsync();
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar", 1));
        Assert.Equal("""{"producer":"radar","next_offset":2}""", await store.Client.GetStringAsync("/v1/producers/radar"));
    }

    private static string WithDefaults(string registry) => registry.Replace("\"featureServices\": [", """
        "featureServices": [ { "name": "driver_guess", "version": 1,
          "features": [
            { "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["mean_trips_1h"], "prefix": "hour" },
            { "view": "driver_stats", "entity": { "driver_id": "driver_id" }, "features": ["rating", "trips", "state", "since"], "prefix": "driver" } ],
          "transforms": [ { "name": "twice", "expression": "hour_mean_trips_1h * 2" } ],
          "onUnavailable": { "defaults": { "hour_mean_trips_1h": 6.5, "driver_rating": 2.5, "driver_trips": 3, "driver_state": "free", "driver_since": 0 } } },
        """, StringComparison.Ordinal);

    private static async Task<bool> IsReady(Store store)
    {
        store.Time.Advance(TimeSpan.FromSeconds(2)); // an answer is kept for a second
        return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
    }

    private static async Task AssertUnavailable(Task<HttpResponseMessage> call)
    {
        var response = await call.WithinAsync("the answer that Redis is lost", TimeSpan.FromSeconds(8));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("unavailable", (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]!);
    }
}
