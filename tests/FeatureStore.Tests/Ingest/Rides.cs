using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.PointInTime;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Ingest;

/// <summary>A source that names its events and says how late they may come, and views of two entities.</summary>
internal static class Rides
{
    public const string Registry = """
        {
          "project": "taxi",
          "entities": [ { "name": "city", "joinKeys": ["city"] }, { "name": "driver", "joinKeys": [ { "name": "driver_id", "type": "INT64" } ] } ],
          "sources": [
            { "name": "rides", "eventTime": "event_time", "eventId": "ride", "lateness": "PT2H", "fields": [
              { "name": "ride", "type": "STRING" }, { "name": "city", "type": "STRING" }, { "name": "driver", "type": "INT64" }, { "name": "minutes", "type": "INT32" } ] } ],
          "featureViews": [
            { "name": "city_rides", "entity": "city", "source": "rides", "join": { "city": "city" }, "tile": "PT5M", "value": { "field": "minutes", "clip": [0, 600] }, "retention": "P2D", "ttl": "P1D",
              "features": [ { "name": "rides_1d", "function": "count", "window": "P1D" }, { "name": "minutes_1d", "function": "sum", "window": "P1D" }, { "name": "longest_1d", "function": "max", "window": "P1D" } ] },
            { "name": "driver_rides", "entity": "driver", "source": "rides", "join": { "driver_id": "driver" }, "tile": "PT1H", "retention": "P2D", "ttl": "P1D",
              "features": [ { "name": "rides_1d", "function": "count", "window": "P1D" } ] },
            { "name": "driver_last", "entity": "driver", "source": "rides", "join": { "driver_id": "driver" }, "retention": "P2D", "ttl": "P1D",
              "features": [ { "name": "minutes", "type": "INT32" } ] } ],
          "featureServices": [
            { "name": "ride", "version": 1, "features": [
              { "view": "city_rides", "entity": { "city": "city" }, "features": ["rides_1d", "minutes_1d", "longest_1d"], "prefix": "city" },
              { "view": "driver_rides", "entity": { "driver_id": "driver_id" }, "features": ["rides_1d"], "prefix": "driver" },
              { "view": "driver_last", "entity": { "driver_id": "driver_id" }, "features": ["minutes"], "prefix": "last" } ] } ]
        }
        """;

    public sealed record Ride(string Id, DateTimeOffset Time, string City, long Driver, int Minutes);

    /// <summary>Rides of the two hours before a moment.</summary>
    public static List<Ride> Random(Random random, int count, DateTimeOffset before) => [.. Enumerable.Range(0, count).Select(i =>
        new Ride($"ride-{i}", before.AddMilliseconds(-random.Next(1, 7_100_000)), $"city {random.Next(20)}", random.Next(20), random.Next(90)))];

    public static async Task<Store> StartAsync(bool cluster = false, Func<string, string>? change = null, params (string Key, string Value)[] settings) =>
        await Store.WithAsync(store => AddReplicaAsync(store, change, settings), cluster);

    /// <summary>A replica with this registry, or a changed one, that is ready.</summary>
    public static async Task<HttpClient> AddReplicaAsync(Store store, Func<string, string>? change = null, params (string Key, string Value)[] settings)
    {
        var path = Path.Combine(store.Folder, $"rides-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(path, change is null ? Registry : change(Registry));
        var client = await store.AddReplicaAsync(true, [("Registry:Path", path), .. settings]);
        await Eventually.TrueAsync("the replica to be ready", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2)); // an answer is kept for a second
            return (await client.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        return client;
    }

    public static JsonObject Body(IReadOnlyList<Ride> rides, string? producer = null, long offset = 0, string? onError = null)
    {
        var body = new JsonObject
        {
            ["push_source_name"] = "rides",
            ["df"] = new JsonObject
            {
                ["event_time"] = JsonSerializer.SerializeToNode(rides.Select(ride => ride.Time)), ["ride"] = JsonSerializer.SerializeToNode(rides.Select(ride => ride.Id)), ["city"] = JsonSerializer.SerializeToNode(rides.Select(ride => ride.City)),
                ["driver"] = JsonSerializer.SerializeToNode(rides.Select(ride => ride.Driver)), ["minutes"] = JsonSerializer.SerializeToNode(rides.Select(ride => ride.Minutes)),
            },
        };
        if (producer is not null)
        {
            (body["producer"], body["offset"]) = (producer, offset);
        }
        if (onError is not null)
        {
            body["on_error"] = onError;
        }
        return body;
    }

    public static async Task<string> PushAsync(HttpClient client, JsonObject body)
    {
        var response = await client.PostAsJsonAsync("/push", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    /// <summary>A push without a producer, as it is logged at a moment.</summary>
    public static PushedRows Rows(DateTimeOffset now, params Ride[] rides)
    {
        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(Registry));
        var target = new PushTargets(registry, new RedisKeys(registry)).Source("rides")!;
        return new PushedRows(target, [.. rides.Select(ride => ride.Time)], [.. rides.SelectMany(ride => new FieldValue[] { ride.Id, ride.City, FieldValue.Of(ride.Driver), FieldValue.Of((object)ride.Minutes) })], null)
        {
            EventIds = new EventIds([.. rides.Select(ride => EventIds.Hash(ride.Id))], now.AddHours(-26)),
        };
    }

    /// <summary>The service's features at a moment, by the logs.</summary>
    public static double[] Join(DateTimeOffset moment, string city, long driver, params string[] logs)
    {
        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(Registry));
        using var join = new PointInTimeJoin(registry, new ServiceAggregation(registry, registry.Service("ride")!), logs[0]);
        join.Add(JoinRows.Spine(0, moment, city, $"{driver}"));
        foreach (var applied in LogReader.Applied(logs))
        {
            join.Add(applied);
        }
        return Assert.Single(join.All()).Values;
    }

    /// <summary>How many rows the logs say that Redis counts.</summary>
    public static int Counted(params string[] logs) => LogReader.Applied(logs).Sum(frame => frame.Positions.Count());

    /// <summary>Everything that is counted: tiles, maxima and rows.</summary>
    public static async Task<List<string>> CountedAsync(Store store) => [.. (await store.DumpAsync()).Where(line => line[..3] is "ft:" or "fx:" or "fr:")];
}
