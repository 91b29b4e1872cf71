using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class OnlineFeaturesTests
{
    [Fact]
    public async Task Every_value_has_its_status_and_age()
    {
        await using var store = await Store.StartAsync();
        var now = store.Time.GetUtcNow(); // 12:00, the start of a tile
        await store.PushAsync([new("landings", now.AddMinutes(-2), "ATL", "LAX", 10)]);
        await store.PushAsync([new("landings", now.AddHours(-2), "ORD", "SFO", 20)]);
        await store.PushAsync([new("departures", now.AddHours(-25), "ATL", "LAX", 0), new("departures", now.AddHours(-9), "ATL", "LAX", 0), new("departures", now, "SEA", "PDX", 0)]);
        var rows = await store.ReadAsync(("ATL", "LAX", null), ("ORD", "SFO", null), ("NIL", "LAX", null), ("ATL", "LAX", now.AddDays(1).AddMinutes(5)));
        Assert.Equal(new Store.Answer(10, "PRESENT", 0), rows[0]["origin_mean_delay_1h"]);
        Assert.Equal(new Store.Answer(0, "PRESENT", 0), rows[0]["origin_late_share_3h"]);
        Assert.Equal(new Store.Answer(null, "NOT_FOUND", null), rows[0]["inbound_mean_delay_1h"]);
        Assert.Equal(new Store.Answer(0, "PRESENT", (9 * 60 - 5) * 60), rows[0]["origin_departures_1h"]);
        Assert.Equal(new Store.Answer(null, "NULL", null), rows[1]["origin_mean_delay_1h"]);
        Assert.Equal(new Store.Answer(1, "PRESENT", (2 * 60 - 5) * 60), rows[1]["origin_late_share_3h"]);
        Assert.Equal(new Store.Answer(15, "PRESENT", 0), rows[1]["network_mean_delay_3h"]);
        Assert.All(rows[2].Where(f => f.Key.StartsWith("origin_", StringComparison.Ordinal)), f => Assert.Equal(new Store.Answer(null, "NOT_FOUND", null), f.Value));
        Assert.Equal(new Store.Answer(10, "PRESENT", 0), rows[2]["destination_mean_delay_1h"]);
    }

    [Fact]
    public async Task A_value_older_than_the_ttl_is_stale()
    {
        await using var store = await Store.StartAsync();
        var landed = new DateTimeOffset(2001, 3, 25, 10, 0, 0, TimeSpan.Zero);
        await store.PushAsync([new("departures", landed, "ATL", "LAX", 0)]);
        // The tile ends at 10:05; a day later the value is as old as it may be, a second later it is older.
        var rows = await store.ReadAsync(("ATL", "LAX", landed.AddMinutes(5).AddDays(7)), ("ATL", "LAX", landed.AddMinutes(5).AddDays(7).AddSeconds(1)), ("ATL", "LAX", landed.AddMinutes(5)));
        Assert.Equal(new Store.Answer(0, "STALE", 7 * 86_400), rows[0]["origin_backlog_7d"]);
        Assert.Equal(new Store.Answer(0, "STALE", 7 * 86_400 + 1), rows[1]["origin_backlog_7d"]);
        Assert.Equal(new Store.Answer(1, "PRESENT", 0), rows[2]["origin_backlog_7d"]);
    }

    [Fact]
    public async Task Without_moments_every_row_is_asked_now()
    {
        await using var store = await Store.StartAsync();
        await store.PushAsync([new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)]);
        Assert.Equal(20, (await store.ReadAsync(("ATL", "LAX", null)))[0]["origin_mean_delay_1h"].Value);
        store.Time.Advance(TimeSpan.FromMinutes(64));
        Assert.Equal(20, (await store.ReadAsync(("ATL", "LAX", null)))[0]["origin_mean_delay_1h"].Value);
        store.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("NULL", (await store.ReadAsync(("ATL", "LAX", null)))[0]["origin_mean_delay_1h"].Status);
    }

    [Fact]
    public async Task A_producer_whose_clock_is_ahead_does_not_end_a_tile_before_the_stores_clock()
    {
        await using var store = await Store.StartAsync();
        store.Time.Advance(TimeSpan.FromSeconds(285));
        var moment = store.Time.GetUtcNow(); // 12:04:45
        await store.PushAsync([new("landings", moment.AddMinutes(-1), "ATL", "LAX", 20)]);
        await store.PushAsync([new("landings", moment.AddSeconds(25), "ORD", "SFO", 20)]);
        Assert.Equal(20, (await store.ReadAsync(("ATL", "LAX", moment)))[0]["origin_mean_delay_1h"].Value);
        store.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("NULL", (await store.ReadAsync(("ATL", "LAX", moment)))[0]["origin_mean_delay_1h"].Status);
    }

    [Theory]
    [InlineData("1900-01-01T00:00:00Z")]
    [InlineData("8999-12-31T23:59:59Z")]
    public async Task The_first_and_the_last_moment_that_are_taken_have_an_answer(string moment)
    {
        await using var store = await Store.StartAsync();
        Assert.Equal("NOT_FOUND", (await store.ReadAsync(("ATL", "LAX", DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture))))[0]["origin_mean_delay_1h"].Status);
    }

    [Fact]
    public async Task One_request_is_one_MGET_that_reads_every_key_once()
    {
        await using var store = await Store.StartAsync();
        var now = store.Time.GetUtcNow();
        await store.ReadAsync(("ATL", "LAX", now));
        await using var redis = await store.ConnectAsync();
        var server = redis.GetServers()[0];
        async Task<(long Calls, long Keys)> Cost(params (string, string, DateTimeOffset?)[] rows)
        {
            await server.ConfigResetStatisticsAsync();
            await store.ReadAsync(rows);
            var info = (await server.InfoRawAsync("everything"))!.Split("\r\n");
            long Number(string prefix) => long.Parse(Array.Find(info, line => line.StartsWith(prefix, StringComparison.Ordinal))![prefix.Length..].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.DoesNotContain(info, line => line.StartsWith("cmdstat_get:", StringComparison.Ordinal));
            return (Number("cmdstat_mget:calls="), Number("keyspace_misses:") + Number("keyspace_hits:"));
        }
        var one = await Cost(("ATL", "LAX", now));
        Assert.Equal((1, one.Keys), await Cost([.. Enumerable.Repeat<(string, string, DateTimeOffset?)>(("ATL", "LAX", now), 500)]));
        // The way back shares the outcomes of ATL and LAX by destination and the network; it adds its own origin outcomes and departures, and the route.
        var back = await Cost(("ATL", "LAX", now), ("LAX", "ATL", now));
        Assert.Equal(1, back.Calls);
        Assert.InRange(back.Keys, one.Keys + 1, 2 * one.Keys - 1);
    }

    [Fact]
    public async Task A_tile_is_stale_a_second_after_its_ttl()
    {
        await using var store = await Store.StartAsync();
        var one = new DateTimeOffset(2001, 4, 1, 1, 0, 0, TimeSpan.Zero);
        await store.PushAsync([new("departures", one, "ATL", "LAX", 0)]);
        var end = one.AddMinutes(5).AddDays(1); // of its tile, and a ttl of a day; before 3 o'clock the backlog still reads the day before
        store.Time.Advance(end - store.Time.GetUtcNow());
        await store.PushAsync([new("departures", end, "SEA", "PDX", 0)]); // the source is not late
        var rows = await store.ReadAsync(("ATL", "LAX", end), ("ATL", "LAX", end.AddSeconds(1)));
        Store.Answer[] expected = [new(0, "PRESENT", 86_400), new(0, "STALE", 86_401)];
        Assert.Equal(expected, rows.Select(row => row["origin_backlog_7d"]));
    }

    [Fact]
    public async Task Event_times_that_are_null_are_now()
    {
        await using var store = await Store.StartAsync();
        await store.PushAsync([new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)]);
        const string Columns = "\"entities\":{\"origin\":[\"ATL\"],\"destination\":[\"LAX\"]},\"event_times\":null}";
        var ours = await store.PostAsync("/v1/features/online", $$"""{"feature_service":"flight_delay",{{Columns}}""");
        Assert.Contains("""{"name":"origin_mean_delay_1h","values":[20],"statuses":["PRESENT"],"ages_seconds":[0]}""", await ours.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var feast = await store.PostAsync("/get-online-features", $$"""{"features":["route_outcomes:late_share_7d"],{{Columns}}""");
        Assert.Contains("""{"values":[1],"statuses":["PRESENT"],"event_timestamps":["2001-04-01T12:00:00Z"]}""", await feast.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"entities":{"origin":["ATL"],"destination":["LAX"]}}""", 400, "feature_service")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":null,"destination":["LAX"]}}""", 400, "entities.origin")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["\ud800\ud800"],"destination":["LAX"]}}""", 400, "entities.origin[0]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":["\ud800\ud800"]}""", 400, "event_times[0]")]
    [InlineData("""{"feature_service":"none","entities":{"origin":["ATL"],"destination":["LAX"]}}""", 404, "feature_service")]
    [InlineData("""{"feature_service":"flight_delay"}""", 400, "entities.origin")]
    [InlineData("""{"feature_service":"flight_delay","entities":[]}""", 400, "entities")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"]}}""", 400, "entities.destination")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"],"gate":["A"]}}""", 400, "entities.gate")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX","SFO"]}}""", 400, "entities.destination")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":[],"destination":[]}}""", 400, "entities.origin")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":"ATL","destination":["LAX"]}}""", 400, "entities.origin")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL",5],"destination":["LAX","SFO"]}}""", 400, "entities.origin[1]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":["2001-03-01T08:00:00"]}""", 400, "event_times[0]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":["0001-01-01T00:00:00+00:00"]}""", 400, "event_times[0]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":["1899-12-31T23:59:59Z"]}""", 400, "event_times[0]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":["9999-12-31T23:59:00Z"]}""", 400, "event_times[0]")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":[]}""", 400, "event_times")]
    [InlineData("""{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]},"event_times":"now"}""", 400, "event_times")]
    public async Task A_wrong_request_is_refused_with_its_field(string body, int status, string field)
    {
        await using var store = await Store.StartAsync();
        var response = await store.PostAsync("/v1/features/online", body);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((status, field), ((int)response.StatusCode, (string)problem["errors"]![0]!["field"]!));
    }

    [Fact]
    public async Task At_most_1_000_rows_are_read_at_once()
    {
        await using var store = await Store.StartAsync();
        Assert.Equal(1_000, (await store.ReadAsync([.. Enumerable.Repeat<(string, string, DateTimeOffset?)>(("ATL", "LAX", null), 1_000)])).Count);
        var airports = new JsonArray([.. Enumerable.Repeat("ATL", 1_001).Select(a => JsonValue.Create(a))]);
        var body = new JsonObject { ["feature_service"] = "flight_delay", ["entities"] = new JsonObject { ["origin"] = airports, ["destination"] = airports.DeepClone() } };
        var response = await store.PostAsync("/v1/features/online", body.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("more than 1000 rows", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(129, 200)] // 129 rows of 90 days of 11,520 bytes are 128 MiB less 0.5
    [InlineData(130, 400)]
    public async Task A_request_reads_a_bounded_number_of_bytes(int rows, int status)
    {
        await using var store = await Drivers.StartAsync(registry => registry.Replace("\"tile\": \"PT5M\"", "\"tile\": \"PT1M\"", StringComparison.Ordinal)
            .Replace("\"retention\": \"P2D\"", "\"retention\": \"P90D\"", StringComparison.Ordinal).Replace("\"window\": \"PT1H\"", "\"window\": \"P89D\"", StringComparison.Ordinal));
        var drivers = string.Join(',', Enumerable.Range(0, rows));
        using var response = await store.PostAsync("/v1/features/online", $$$"""{"feature_service":"driver_activity","entities":{"driver_id":[{{{drivers}}}]}}""");
        using var feast = await store.PostAsync("/get-online-features", $$$"""{"features":["driver_trips:shifts_1h"],"entities":{"driver_id":[{{{drivers}}}]}}""");
        Assert.Equal((status, status == 400 ? 500 : 200), ((int)response.StatusCode, (int)feast.StatusCode));
        if (status == 400)
        {
            const string Said = "The tiles of the first 130 rows may have more than 134217728 bytes";
            Assert.Contains(Said, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains(Said, await feast.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_registry_is_answered_in_the_form_of_its_file()
    {
        await using var store = await Store.StartAsync();
        var answer = JsonNode.Parse(await store.Client.GetStringAsync("/v1/registry"))!;
        Assert.Equal(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "features.json")))!.ToJsonString().Replace("PT24H", "P1D", StringComparison.Ordinal), answer.ToJsonString());
        Assert.Equal(Flights.Registry.Service("flight_delay")!.FeatureNames, RegistryFile.Parse(Encoding.UTF8.GetBytes(answer.ToJsonString())).Service("flight_delay")!.FeatureNames);
    }
}
