using System.Net;
using System.Text.Json;
using MlAspire.FeatureStore.Tests.Ingest;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Feast;

public sealed class MaterializeTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("mlaspire-materialize-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task A_changed_layout_has_no_rows_until_they_are_materialized_from_the_log()
    {
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", directory));
        var now = store.Time.GetUtcNow();
        foreach (var (minutes, trips) in new[] { (-50, 1), (-40, 2), (-30, 3) })
        {
            (await store.PostAsync("/push", Drivers.Push(now.AddMinutes(minutes), trips: $"{trips}"))).EnsureSuccessStatusCode();
        }
        await store.StopReplicasAsync();
        await Drivers.AddReplicaAsync(store, registry => registry.Replace("{ \"name\": \"rating\", \"type\": \"FLOAT\", \"range\": [0, 5] }, ", "", StringComparison.Ordinal).Replace("\"state\", \"rating\",", "\"state\",", StringComparison.Ordinal), ("Offline:Directory", directory));
        Assert.Contains("driver_trips: null NOT_FOUND null", await Drivers.ReadAsync(store));

        Assert.Equal((HttpStatusCode.OK, "null"), await FeastWriteTests.Post(store, "/materialize", $$"""{"start_ts":"{{now.AddMinutes(-45):s}}","end_ts":"{{now.AddMinutes(-35):s}}","feature_views":["driver_stats"]}"""));
        Assert.Contains("driver_trips: 2 PRESENT 2400", await Drivers.ReadAsync(store));
        Assert.Equal((HttpStatusCode.OK, "null"), await FeastWriteTests.Post(store, "/materialize-incremental", $$"""{"end_ts":"{{now:s}}"}"""));
        Assert.Contains("driver_trips: 3 PRESENT 1800", await Drivers.ReadAsync(store));
        Assert.Contains("hour_shifts_1h: 3 PRESENT 1500", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task An_asynchronous_request_is_accepted_at_once()
    {
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", directory));
        var now = store.Time.GetUtcNow();
        (await store.PostAsync("/push", Drivers.Push(now.AddMinutes(-5)))).EnsureSuccessStatusCode();
        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().KeyDeleteAsync(redis.GetServers()[0].Keys(pattern: "fr:*").ToArray());
        Assert.Equal((HttpStatusCode.Accepted, """{"status":"accepted","feature_views":["driver_stats"]}"""),
            await FeastWriteTests.Post(store, "/materialize?async=true", """{"disable_event_timestamp":true,"feature_views":["driver_stats"]}"""));
        await Eventually.TrueAsync("the row to be materialized", async () => (await Drivers.ReadAsync(store)).Contains("driver_trips: 7 PRESENT 300"));
    }

    [Fact]
    public async Task A_view_is_being_materialized_until_the_last_of_several_forced_requests_has_ended()
    {
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", directory), ("Redis:CommandTimeoutMilliseconds", "2000"));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow().AddMinutes(-5)))).EnsureSuccessStatusCode();
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "60000", "ALL");
        Assert.Equal(HttpStatusCode.Accepted, await StartAsync("/materialize?async=true"));
        store.Time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(HttpStatusCode.Accepted, await StartAsync("/materialize?async=true&force=true"));
        store.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync("the first to fail", () => store.Logs.Named("materialize_failed").Count() == 1);

        var (third, _) = await FeastWriteTests.Post(store, "/materialize?async=true", """{"disable_event_timestamp":true,"feature_views":["driver_stats"]}""");

        Assert.Equal(HttpStatusCode.Conflict, third);

        async Task<HttpStatusCode> StartAsync(string path)
        {
            var armed = store.Time.ArmedTimers;
            var (status, _) = await FeastWriteTests.Post(store, path, """{"disable_event_timestamp":true,"feature_views":["driver_stats"]}""");
            await Eventually.TrueAsync("it to wait for Redis", () => store.Time.ArmedTimers > armed);
            return status;
        }
    }

    [Fact]
    public async Task Each_replica_goes_on_where_its_own_log_and_layout_were_materialized_to()
    {
        var other = Directory.CreateTempSubdirectory("mlaspire-materialize-").FullName;
        try
        {
            await using var store = await Drivers.StartAsync(null, ("Offline:Directory", directory));
            var second = await Drivers.AddReplicaAsync(store, null, ("Offline:Directory", other));
            var now = store.Time.GetUtcNow();
            foreach (var (replica, driver) in new[] { (store.Client, 1001L), (second, 1002L) })
            {
                (await replica.PostAsync("/push", Json(Drivers.Push(now.AddMinutes(-5), driver)))).EnsureSuccessStatusCode();
            }
            await using var redis = await store.ConnectAsync();
            await redis.GetDatabase().KeyDeleteAsync(redis.GetServers()[0].Keys(pattern: "fr:*").ToArray());

            foreach (var replica in new[] { store.Client, second })
            {
                (await replica.PostAsync("/materialize-incremental", Json($$"""{"end_ts":"{{now:s}}"}"""))).EnsureSuccessStatusCode();
            }

            foreach (var driver in new[] { 1001, 1002 })
            {
                Assert.Contains("driver_trips: 7 PRESENT 300", await Drivers.ReadAsync(store, driver: driver));
            }
            await store.StopReplicasAsync();
            await Drivers.AddReplicaAsync(store, null, ("Offline:Directory", directory), ("Redis:Layout", "Feast"));
            Assert.Contains("driver_trips: null NOT_FOUND null", await Drivers.ReadAsync(store));
            (await store.PostAsync("/materialize-incremental", $$"""{"end_ts":"{{now:s}}"}""")).EnsureSuccessStatusCode();
            Assert.Contains("driver_trips: 7 PRESENT 300", await Drivers.ReadAsync(store));
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }

        static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task A_repetition_that_did_not_count_when_it_was_pushed_is_not_materialized()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", directory));
        var hour = new DateTimeOffset(2001, 4, 1, 11, 0, 0, TimeSpan.Zero);
        foreach (var (minute, minutes) in new[] { (0, 5), (5, 7) })
        {
            (await store.PostAsync("/push", Rides.Body([new("a", hour.AddMinutes(minute), "here", 1, minutes)]).ToJsonString())).EnsureSuccessStatusCode();
        }
        const string LastMinutes = """{"features":["driver_last:minutes"],"entities":{"driver_id":[1]}}""";
        var (_, pushed) = await FeastWriteTests.Post(store, "/get-online-features", LastMinutes);
        Assert.Contains("\"values\":[5]", pushed, StringComparison.Ordinal);

        Assert.Equal((HttpStatusCode.OK, "null"), await FeastWriteTests.Post(store, "/materialize-incremental", $$"""{"end_ts":"{{store.Time.GetUtcNow():s}}"}"""));

        Assert.Equal((HttpStatusCode.OK, pushed), await FeastWriteTests.Post(store, "/get-online-features", LastMinutes));
    }

    [Theory]
    [InlineData("""{"start_ts":"2001-04-01"}""", "start_ts and end_ts are required when disable_event_timestamp is False")]
    [InlineData("""{"start_ts":"2001-04-02","end_ts":"2001-04-01"}""", "must be before end_ts")]
    [InlineData("""{"start_ts":"soon","end_ts":"2001-04-01"}""", "Invalid timestamp format: soon")]
    [InlineData("""{"start_ts":"2001-04-01","end_ts":"2001-04-02","version":"v2"}""", "version is not supported")]
    [InlineData("""{"start_ts":"2001-04-01","end_ts":"2001-04-02","feature_views":["driver_stats","driver_trips"]}""", "Feature view driver_trips cannot be materialized: its tiles count the events of 'shifts' as they are pushed")]
    public async Task A_wrong_request_is_a_value_error(string json, string message)
    {
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", directory));
        var (status, body) = await FeastWriteTests.Post(store, "/materialize", json);
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains(message, JsonSerializer.Deserialize<string>(body)!, StringComparison.Ordinal);
    }
}
