using System.Net;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Quarantine;

public sealed class QuarantineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Poison_rows_are_set_aside_with_their_reason_and_the_others_taken_exactly_once(bool logged)
    {
        using var folder = new LogFolder();
        await using var store = await Drivers.StartAsync(null, logged ? [("Offline:Directory", folder.Path)] : []);
        await Eventually.TrueAsync("the store to be ready", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        // Wrong: row 1 an event time, row 2 a driver and a rating out of range, row 4 an element of a list.
        var push = Push(store, 5);
        push["df"]!["event_timestamp"]![1] = "yesterday";
        (push["df"]!["driver"]![2], push["df"]!["rating"]![2]) = ("x", 7);
        push["df"]!["tags"]![4]![1] = 9;
        Assert.Equal((HttpStatusCode.OK, """{"accepted":2,"skipped":0,"quarantined":3}"""), await PostAsync(store, push));
        var setAside = (await ListAsync(store)).ToJsonString();
        store.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HttpStatusCode.OK, """{"accepted":0,"skipped":2,"quarantined":3}"""), await PostAsync(store, push));
        Assert.Equal(setAside, (await ListAsync(store)).ToJsonString());

        Assert.Equal("""{"producer":"taxi","next_offset":15}""", await store.Client.GetStringAsync("/v1/producers/taxi"));
        Assert.Contains("hour_shifts_1h: 1 PRESENT 0", await Drivers.ReadAsync(store, driver: 0));
        Assert.Contains("hour_shifts_1h: 1 PRESENT 0", await Drivers.ReadAsync(store, driver: 3));
        foreach (var poison in new[] { 1, 2, 4 })
        {
            Assert.Contains("driver_trips: null NOT_FOUND null", await Drivers.ReadAsync(store, driver: poison));
        }
        var quarantine = await ListAsync(store);
        Assert.Equal(3, (int)quarantine["count"]!);
        Assert.Equal(
            [
                "taxi 11 df.event_timestamp[1] must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00",
                "taxi 12 df.driver[2] must be a whole number of 64 bits",
                "taxi 14 df.tags[4][1] must be a string of at most 16384 characters",
            ],
            quarantine["rows"]!.AsArray().Select(row => $"{row!["producer"]} {row["offset"]} {row["reason"]}"));
        Assert.Equal("""["shifts",{"event_timestamp":"yesterday","driver":1,"rating":4.5,"trips":7,"state":"free","tags":["a","b"],"since":993945600}]""",
            new JsonArray(quarantine["rows"]![0]!["push_source"]!.DeepClone(), quarantine["rows"]![0]!["row"]!.DeepClone()).ToJsonString());
        Assert.Single((await ListAsync(store, "?limit=1"))["rows"]!.AsArray());

        Assert.Equal(HttpStatusCode.NoContent, (await store.Client.DeleteAsync("/v1/quarantine")).StatusCode);
        Assert.Equal(0, (int)(await ListAsync(store))["count"]!);
        // A repaired row has an offset of its own; that of the one that was set aside is counted, also when Redis gets it from the log.
        Assert.Equal((HttpStatusCode.OK, """{"accepted":0,"skipped":5}"""), await PostAsync(store, Push(store, 5)));
        if (!logged)
        {
            return;
        }
        Assert.Equal(2, LogReader.Applied([folder.Path]).Sum(frame => frame.Positions.Count()));
        await store.StopReplicasAsync();
        await using var restored = await Drivers.StartAsync(null, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            restored.Time.Advance(TimeSpan.FromSeconds(2));
            return (await restored.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        Assert.Equal("""{"producer":"taxi","next_offset":15}""", await restored.Client.GetStringAsync("/v1/producers/taxi"));
    }

    [Fact]
    public async Task What_was_set_aside_comes_back_out_of_the_log_to_a_Redis_that_lost_it_but_for_what_was_emptied()
    {
        using var folder = new LogFolder();
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the store to be ready", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        await PostAsync(store, Poison(0, "emptied"));
        Assert.Equal(HttpStatusCode.NoContent, (await store.Client.DeleteAsync("/v1/quarantine")).StatusCode);
        store.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HttpStatusCode.OK, """{"accepted":1,"skipped":0,"quarantined":1}"""), await PostAsync(store, Poison(2, "with an offset")));
        var withoutProducer = Poison(0, "without one");
        foreach (var name in new[] { "producer", "offset" })
        {
            withoutProducer.Remove(name);
        }
        Assert.Equal((HttpStatusCode.OK, """{"accepted":1,"skipped":0,"quarantined":1}"""), await PostAsync(store, withoutProducer));
        var setAside = await ListAsync(store);
        Assert.Equal(2, (int)setAside["count"]!);

        await store.StopReplicasAsync();
        await using var restored = await Drivers.StartAsync(null, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            restored.Time.Advance(TimeSpan.FromSeconds(2));
            return (await restored.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        Assert.Equal(setAside.ToJsonString(), (await ListAsync(restored)).ToJsonString());

        JsonObject Poison(int offset, string trips)
        {
            var push = Push(store, 2);
            (push["offset"], push["df"]!["trips"]![1]) = (offset, trips);
            return push;
        }
    }

    [Fact]
    public async Task A_row_without_a_producer_is_there_once_however_often_it_is_pushed()
    {
        await using var store = await Drivers.StartAsync();
        var push = Push(store, 2);
        push["df"]!["trips"]![1] = "many";
        push.Remove("producer");
        push.Remove("offset");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(store, push)).Status);
        var once = await ListAsync(store);
        Assert.Equal(1, (int)once["count"]!);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(store, push)).Status);
        Assert.Equal(once.ToJsonString(), (await ListAsync(store)).ToJsonString());
        push["df"]!["trips"]![1] = "more";
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(store, push)).Status);
        Assert.Equal(2, (int)(await ListAsync(store))["count"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_one_replica_emptied_comes_back_from_no_log_of_another_to_a_Redis_that_lost_it(bool cluster)
    {
        using var folder = new LogFolder();
        using var other = new LogFolder();
        await using var store = await Store.WithAsync(store => AddReplicaAsync(store, folder), cluster);
        var second = await AddReplicaAsync(store, other);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(second, Poison(store, 0))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await store.Client.DeleteAsync("/v1/quarantine")).StatusCode);
        store.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(second, Poison(store, 2))).Status);
        Assert.Equal(["13"], await OffsetsAsync(store));

        // The replica with the row comes first: only the one that emptied the quarantine knows that it was.
        await LoseAsync();
        await AddReplicaAsync(store, other);
        Assert.Equal(["11", "13"], await OffsetsAsync(store));
        await AddReplicaAsync(store, folder);
        Assert.Equal(["13"], await OffsetsAsync(store));

        // Now the other knows it too, from Redis, once it has connected again.
        await store.StopReplicasAsync();
        await AddReplicaAsync(store, other);
        await LoseAsync();
        await AddReplicaAsync(store, other);
        Assert.Equal(["13"], await OffsetsAsync(store));

        async Task LoseAsync()
        {
            await store.StopReplicasAsync();
            await new RedisSnapshot().RestoreAsync(store);
        }
    }

    [Fact]
    public async Task Emptying_takes_rows_that_a_replica_with_a_later_clock_set_aside()
    {
        await using var store = await Drivers.StartAsync();
        await PostAsync(store, Poison(store, 0));
        await using var redis = await store.ConnectAsync();
        var row = Assert.Single(await redis.GetDatabase().HashGetAllAsync("fq:taxi"));
        await redis.GetDatabase().HashSetAsync("fq:taxi", row.Name, row.Value.ToString().Replace("2001-04-01T12:00:00", "2001-04-01T12:00:05", StringComparison.Ordinal));
        Assert.Equal("2001-04-01T12:00:05+00:00", (string)(await ListAsync(store))["rows"]![0]!["quarantined_at"]!);

        Assert.Equal(HttpStatusCode.NoContent, (await store.Client.DeleteAsync("/v1/quarantine")).StatusCode);

        Assert.Empty(await OffsetsAsync(store));
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""[{"a":[{"b":"\udc00"}]}]""")]
    public async Task A_row_that_JSON_can_say_and_no_text_can_is_set_aside_without_its_values(string value)
    {
        await using var store = await Drivers.StartAsync();
        var push = Push(store, 2).ToJsonString();
        var body = push.Replace("""["free","free"]""", $"""["free",{value}]""", StringComparison.Ordinal);
        Assert.NotEqual(push, body);
        using var response = await store.PostAsync("/push", body);
        Assert.Equal("""{"accepted":1,"skipped":0,"quarantined":1}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        var row = Assert.Single((await ListAsync(store))["rows"]!.AsArray())!;
        Assert.Null(row["row"]);
        Assert.StartsWith("df.state[1]", (string)row["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_offsets_the_rows_between_the_poison_are_written_at_once()
    {
        await using var store = await Drivers.StartAsync();
        var push = Push(store, 5);
        foreach (var name in new[] { "producer", "offset" })
        {
            push.Remove(name);
        }
        foreach (var row in new[] { 1, 3 })
        {
            push["df"]!["trips"]![row] = "many";
        }
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ConfigResetStatisticsAsync();
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(store, push)).Status);
        var scripts = (await redis.GetServers()[0].InfoAsync("commandstats")).Single().Where(command => command.Key is "cmdstat_eval" or "cmdstat_evalsha");
        Assert.Equal(2, scripts.Sum(command => int.Parse(command.Value["calls=".Length..command.Value.IndexOf(',', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture))); // the quarantine's, and the rows'
        foreach (var driver in new[] { 0, 2, 4 })
        {
            Assert.Contains("hour_shifts_1h: 1 PRESENT 0", await Drivers.ReadAsync(store, driver: driver));
        }
        Assert.Equal(2, (int)(await ListAsync(store))["count"]!);
    }

    [Fact]
    public async Task A_full_quarantine_refuses_what_would_add_to_it_and_takes_the_rest()
    {
        await using var store = await Drivers.StartAsync();
        JsonObject Poison(int rows, int offset)
        {
            var push = Push(store, rows);
            push["offset"] = offset;
            for (var i = 0; i < rows; i++)
            {
                push["df"]!["trips"]![i] = "many";
            }
            return push;
        }
        Assert.Equal((HttpStatusCode.OK, """{"accepted":0,"skipped":0,"quarantined":1000}"""), await PostAsync(store, Poison(1_000, 0)));
        Assert.Equal((HttpStatusCode.OK, """{"accepted":0,"skipped":0,"quarantined":1000}"""), await PostAsync(store, Poison(1_000, 0)));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await PostAsync(store, Poison(1, 1_000))).Status);
        var honest = Push(store, 1);
        honest["offset"] = 1_000;
        Assert.Equal((HttpStatusCode.OK, """{"accepted":1,"skipped":0}"""), await PostAsync(store, honest));
        Assert.Equal(1_000, (int)(await ListAsync(store))["count"]!);
        Assert.Equal(1_000, (await ListAsync(store, "?limit=1000"))["rows"]!.AsArray().Count);
        foreach (var limit in new[] { 0, 1_001 })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await store.Client.GetAsync($"/v1/quarantine?limit={limit}")).StatusCode);
        }
    }

    [Theory]
    [InlineData("on_error", "\"skip\"")]
    [InlineData("df.rating", "[1]")] // fewer rows than the others: of no row alone
    [InlineData("df.x[", "[1, 2]")] // an unknown column, whatever its name looks like
    [InlineData("df.x[0]", "[1, 2]")]
    [InlineData("df.x[7]", "[1, 2]")]
    public async Task What_is_wrong_with_the_whole_push_refuses_it(string field, string value)
    {
        await using var store = await Drivers.StartAsync();
        var push = Push(store, 2);
        if (field == "on_error")
        {
            push[field] = JsonNode.Parse(value);
        }
        else
        {
            push["df"]![field[3..]] = JsonNode.Parse(value);
        }
        var (status, answer) = await PostAsync(store, push);
        Assert.Equal((HttpStatusCode.BadRequest, field), (status, (string)JsonNode.Parse(answer)!["errors"]![0]!["field"]!));
        Assert.Equal(0, (int)(await ListAsync(store))["count"]!);
    }

    [Fact]
    public async Task What_was_set_aside_has_values_and_needs_a_key_and_no_value_is_in_a_log()
    {
        await using var store = await Drivers.StartAsync(null, ("Access:Keys:replay:Secret", "a key of at least thirty-two characters"));
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await store.Client.SendAsync(new HttpRequestMessage(method, "/v1/quarantine"))).StatusCode);
        }

        store.Client.DefaultRequestHeaders.Add("x-api-key", "a key of at least thirty-two characters");
        var push = Push(store, 2);
        (push["df"]!["state"]![0], push["df"]!["tags"]![1]![0]) = ("hunter2", "hunter3");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(store, push)).Status);
        push.Remove("on_error");
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(store, push)).Status);
        await Drivers.ReadAsync(store, driver: 1);
        Assert.NotEmpty(store.Logs.Events);
        Assert.DoesNotContain(store.Logs.Events, line => $"{line.Message} {line.Exception} {string.Join(' ', line.Fields.Values)}".Contains("hunter", StringComparison.Ordinal));
    }

    /// <summary>One shift each of drivers 0, 1, ..., with offsets from 10 on.</summary>
    private static JsonObject Push(Store store, int rows)
    {
        var push = JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow()))!.AsObject();
        foreach (var (_, column) in push["df"]!.AsObject())
        {
            for (var row = 1; row < rows; row++)
            {
                column!.AsArray().Add(column[0]!.DeepClone());
            }
        }
        for (var row = 0; row < rows; row++)
        {
            push["df"]!["driver"]![row] = row;
        }
        (push["producer"], push["offset"], push["on_error"]) = ("taxi", 10, "quarantine");
        return push;
    }

    /// <summary>Two shifts, of which the second is wrong.</summary>
    private static JsonObject Poison(Store store, int offset)
    {
        var push = Push(store, 2);
        (push["offset"], push["df"]!["trips"]![1]) = (10 + offset, "many");
        return push;
    }

    /// <summary>A replica with its log, once that is applied.</summary>
    private static async Task<HttpClient> AddReplicaAsync(Store store, LogFolder log)
    {
        var replica = await Drivers.AddReplicaAsync(store, null, ("Offline:Directory", log.Path));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await replica.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        return replica;
    }

    private static Task<(HttpStatusCode Status, string Body)> PostAsync(Store store, JsonObject push) => PostAsync(store.Client, push);

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(HttpClient replica, JsonObject push)
    {
        var response = await replica.PostAsync("/push", new StringContent(push.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<string[]> OffsetsAsync(Store store) => [.. (await ListAsync(store))["rows"]!.AsArray().Select(row => $"{row!["offset"]}")];

    private static async Task<JsonNode> ListAsync(Store store, string query = "") => JsonNode.Parse(await store.Client.GetStringAsync($"/v1/quarantine{query}"))!;
}
