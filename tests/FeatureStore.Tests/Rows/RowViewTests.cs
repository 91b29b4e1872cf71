using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace MlAspire.FeatureStore.Tests.Rows;

public sealed class RowViewTests
{
    [Fact]
    public async Task A_read_whose_stored_rows_are_too_many_bytes_together_is_refused()
    {
        const string Parts = "{ \"view\": \"driver_stats\", \"entity\": { \"driver_id\": \"driver_id\" }, \"features\": [\"tags\"], \"prefix\": \"PREFIX\" }";
        await using var store = await Drivers.StartAsync(registry => registry.Replace("\"featureServices\": [", $"\"featureServices\": [ {{ \"name\": \"wide\", \"version\": 1, \"features\": [ {string.Join(", ", "abc".Select(prefix => Parts.Replace("PREFIX", $"{prefix}", StringComparison.Ordinal)))} ] }},", StringComparison.Ordinal));
        var text = $"\"{new string('x', 15_000)}\"";
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), tags: $"[{text},{text},{text},{text}]"))).EnsureSuccessStatusCode();

        async Task<HttpStatusCode> ReadAsync(int rows) => (await store.PostAsync("/v1/features/online", $$"""{"feature_service":"wide","entities":{"driver_id":[{{string.Join(',', Enumerable.Repeat(1001, rows))}}] } }""")).StatusCode;
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(1));
        Assert.Equal(HttpStatusCode.BadRequest, await ReadAsync(1_000)); // three times 60 MB
    }

    [Fact]
    public async Task Rows_and_aggregates_of_one_event_are_answered_in_the_order_of_the_service()
    {
        await using var store = await Drivers.StartAsync();
        await Push(store, Drivers.Push(store.Time.GetUtcNow().AddMinutes(-7).AddMilliseconds(-500)));
        Assert.Equal(
            [
                "hour_shifts_1h: 1 PRESENT 300", "driver_state: \"free\" PRESENT 420", "driver_rating: 4.5 PRESENT 420", "driver_tags: [\"a\",\"b\"] PRESENT 420", "driver_trips: 7 PRESENT 420",
                "driver_since: 993945600 PRESENT 420", "hour_mean_trips_1h: 7 PRESENT 300",
            ],
            await Drivers.ReadAsync(store));
    }

    [Theory]
    [InlineData(-1, "null NOT_FOUND null")] // not yet true
    [InlineData(0, "4.5 PRESENT 0")]
    [InlineData(3_600_000_000, "4.5 PRESENT 3600")]
    [InlineData(3_600_000_001, "4.5 STALE 3600")]
    [InlineData(86_400_000_000, "4.5 STALE 86400")]
    [InlineData(86_400_000_001, "null EXPIRED 86400")]
    public async Task The_status_follows_from_the_age_to_the_microsecond(long microseconds, string expected)
    {
        await using var store = await Drivers.StartAsync();
        var time = new DateTimeOffset(2001, 3, 30, 12, 0, 0, TimeSpan.Zero);
        await Push(store, Drivers.Push(time));
        Assert.Contains($"driver_rating: {expected}", await Drivers.ReadAsync(store, time.AddMicroseconds(microseconds)));
    }

    [Fact]
    public async Task A_value_that_was_written_as_null_is_NULL_and_an_unknown_entity_NOT_FOUND()
    {
        await using var store = await Drivers.StartAsync();
        await Push(store, Drivers.Push(store.Time.GetUtcNow(), rating: "null", tags: "null"));
        var read = await Drivers.ReadAsync(store);
        Assert.Contains("driver_rating: null NULL 0", read);
        Assert.Contains("driver_tags: null NULL 0", read);
        Assert.Contains("driver_trips: 7 PRESENT 0", read);
        Assert.All((await Drivers.ReadAsync(store, driver: 1002)).Where(f => f.StartsWith("driver_", StringComparison.Ordinal)), f => Assert.EndsWith(": null NOT_FOUND null", f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_late_or_repeated_event_never_replaces_a_newer_row()
    {
        await using var store = await Drivers.StartAsync();
        var now = store.Time.GetUtcNow();
        await Push(store, Drivers.Push(now.AddSeconds(-10), rating: "3"));
        await Push(store, Drivers.Push(now.AddSeconds(-20), rating: "1"));
        Assert.Contains("driver_rating: 3 PRESENT 10", await Drivers.ReadAsync(store));
        await Push(store, Drivers.Push(now.AddSeconds(-9), rating: "2"));
        await Push(store, Drivers.Push(now.AddSeconds(-10), rating: "3"));
        Assert.Contains("driver_rating: 2 PRESENT 9", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task Writers_at_two_replicas_end_at_the_newest_row_whatever_the_order()
    {
        await using var store = await Drivers.StartAsync();
        HttpClient[] replicas = [store.Client, await Drivers.AddReplicaAsync(store)];
        var (random, start) = (new Random(3), store.Time.GetUtcNow().AddHours(-1));
        var writes = Enumerable.Range(0, 400).Select(i => (Seconds: random.Next(100), Trips: i)).ToArray();
        await Task.WhenAll(writes.Chunk(100).Select(async (chunk, writer) =>
        {
            foreach (var (seconds, trips) in chunk)
            {
                var body = JsonNode.Parse(Drivers.Push(start.AddSeconds(seconds), trips: $"{trips}"))!;
                (body["producer"], body["offset"]) = ($"writer-{trips}", 0);
                (await replicas[writer % 2].PostAsJsonAsync("/push", body)).EnsureSuccessStatusCode();
            }
        }));
        // Of rows with the same event time the greater bytes win; trips is the first value that differs, little endian.
        var newest = writes.Where(w => w.Seconds == writes.Max(x => x.Seconds)).MaxBy(w => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((uint)w.Trips));
        Assert.Contains($"driver_trips: {newest.Trips} PRESENT {3_600 - newest.Seconds}", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task Of_many_rows_of_one_push_the_newest_of_each_entity_is_stored()
    {
        await using var store = await Drivers.StartAsync();
        var now = store.Time.GetUtcNow();
        var df = new JsonObject
        {
            ["event_timestamp"] = new JsonArray(Enumerable.Range(0, 1_000).Select(i => (JsonNode)$"{now.AddSeconds(-(i * 7 % 1_000)):O}").ToArray()),
            ["driver"] = new JsonArray(Enumerable.Range(0, 1_000).Select(i => (JsonNode)(i % 10)).ToArray()),
            ["trips"] = new JsonArray(Enumerable.Range(0, 1_000).Select(i => (JsonNode)i).ToArray()),
        };
        foreach (var name in new[] { "rating", "state", "tags", "since" })
        {
            df[name] = new JsonArray(new JsonNode?[1_000]);
        }
        await Push(store, new JsonObject { ["push_source_name"] = "shifts", ["df"] = df, ["producer"] = "p", ["offset"] = 0 }.ToJsonString());
        for (var driver = 0; driver < 10; driver++)
        {
            var newest = Enumerable.Range(0, 1_000).Where(i => i % 10 == driver).MinBy(i => i * 7 % 1_000);
            Assert.Contains($"driver_trips: {newest} PRESENT {newest * 7 % 1_000}", await Drivers.ReadAsync(store, driver: driver));
        }
    }

    [Fact]
    public async Task Rows_are_read_with_the_tiles_in_one_MGET()
    {
        await using var store = await Drivers.StartAsync();
        await Push(store, Drivers.Push(store.Time.GetUtcNow()));
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ConfigResetStatisticsAsync();
        await Drivers.ReadAsync(store);
        var info = (await redis.GetServers()[0].InfoRawAsync("commandstats"))!;
        Assert.Contains("cmdstat_mget:calls=1,", info, StringComparison.Ordinal);
        Assert.DoesNotContain("cmdstat_get:", info, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_has_the_version_of_the_layout_and_lives_for_the_retention()
    {
        await using var store = await Drivers.StartAsync();
        await Push(store, Drivers.Push(store.Time.GetUtcNow()));
        await using var redis = await store.ConnectAsync();
        var key = Assert.Single(redis.GetServers()[0].Keys(pattern: "fr:*").ToArray());
        Assert.Matches("^fr:\\{38\\}:taxi:driver_stats:[0-9a-f]{8}:1001$", key.ToString());
        Assert.Equal(1, (await redis.GetDatabase().KeyTimeToLiveAsync(key))!.Value.TotalDays, 2);
    }

    [Fact]
    public async Task Bytes_that_are_no_row_are_NOT_FOUND_and_never_misread()
    {
        await using var store = await Drivers.StartAsync();
        await Push(store, Drivers.Push(store.Time.GetUtcNow()));
        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().StringSetAsync(redis.GetServers()[0].Keys(pattern: "fr:*").Single(), "01234567890123456789");
        Assert.Contains("driver_trips: null NOT_FOUND null", await Drivers.ReadAsync(store));
    }

    [Theory]
    [InlineData("rating", "5.5", "df.rating[0]", "from 0 to 5")]
    [InlineData("rating", "1e39", "df.rating[0]", "32 bits")]
    [InlineData("rating", "\"4\"", "df.rating[0]", "number")]
    [InlineData("trips", "null", "df.trips[0]", "")]
    [InlineData("state", "\"lost\"", "df.state[0]", "one of free, busy")]
    [InlineData("tags", "[\"a\",1]", "df.tags[0][1]", "string")]
    [InlineData("tags", "\"a\"", "df.tags[0]", "array")]
    [InlineData("since", "\"2001-07-01T00:00:00\"", "df.since[0]", "offset")]
    [InlineData("driver", "\"1001\"", "df.driver[0]", "64 bits")]
    public async Task A_row_that_breaks_a_rule_is_refused_and_nothing_is_written(string column, string value, string field, string message)
    {
        await using var store = await Drivers.StartAsync();
        var body = JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow()))!;
        body["df"]![column] = new JsonArray(JsonNode.Parse(value));
        var response = await store.PostAsync("/push", body.ToJsonString());
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.BadRequest, field), (response.StatusCode, (string)problem["errors"]![0]!["field"]!));
        Assert.Contains(message, (string)problem["errors"]![0]!["message"]!, StringComparison.Ordinal);
        Assert.Empty(await store.DumpAsync());
    }

    private static async Task Push(Store store, string body)
    {
        var response = await store.PostAsync("/push", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
