using System.Text.Json.Nodes;

namespace MlAspire.FeatureStore.Tests.Rows;

/// <summary>A registry with row views: one fed by a source that also has an aggregate, and one that is only written directly.</summary>
internal static class Drivers
{
    public const string Registry = """
        {
          "project": "taxi",
          "entities": [ { "name": "driver", "joinKeys": [ { "name": "driver_id", "type": "INT64" } ] }, { "name": "trip", "joinKeys": ["city", { "name": "driver_id", "type": "INT64" }] } ],
          "sources": [
            { "name": "shifts", "eventTime": "event_timestamp", "fields": [
              { "name": "driver", "type": "INT64" }, { "name": "rating", "type": "FLOAT" }, { "name": "trips", "type": "INT32" }, { "name": "state", "type": "STRING" },
              { "name": "tags", "type": "STRING_LIST" }, { "name": "since", "type": "UNIX_TIMESTAMP" } ] } ],
          "featureViews": [
            { "name": "driver_stats", "owner": "fleet@example.com", "tags": { "tier": "gold" }, "entity": "driver", "source": "shifts", "join": { "driver_id": "driver" }, "ttl": "PT1H", "retention": "P1D",
              "features": [
                { "name": "rating", "type": "FLOAT", "range": [0, 5] }, { "name": "trips", "type": "INT32", "notNull": true },
                { "name": "state", "type": "STRING", "enum": ["free", "busy"] }, { "name": "tags", "type": "STRING_LIST" }, { "name": "since", "type": "UNIX_TIMESTAMP" } ] },
            { "name": "driver_trips", "entity": "driver", "source": "shifts", "join": { "driver_id": "driver" }, "tile": "PT5M", "value": { "field": "trips", "clip": [0, 100] }, "retention": "P2D", "ttl": "P1D",
              "features": [ { "name": "shifts_1h", "function": "count", "window": "PT1H" }, { "name": "mean_trips_1h", "function": "mean", "window": "PT1H" } ] },
            { "name": "trip_price", "entity": "trip", "ttl": "PT1H", "retention": "P1D",
              "features": [ { "name": "price", "type": "DOUBLE" }, { "name": "paid", "type": "BOOL" }, { "name": "receipt", "type": "BYTES" }, { "name": "legs", "type": "INT64_LIST" } ] } ],
          "featureServices": [
            { "name": "driver_activity", "version": 1, "features": [
              { "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["shifts_1h"], "prefix": "hour" },
              { "view": "driver_stats", "entity": { "driver_id": "driver_id" }, "features": ["state", "rating", "tags", "trips", "since"], "prefix": "driver" },
              { "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["mean_trips_1h"], "prefix": "hour" } ] } ]
        }
        """;

    public static Task<Store> StartAsync(Func<string, string>? change = null, params (string Key, string Value)[] settings) => Store.WithAsync(store => AddReplicaAsync(store, change, settings));

    /// <summary>A replica with this registry, or a changed one, in a file of its own.</summary>
    public static async Task<HttpClient> AddReplicaAsync(Store store, Func<string, string>? change = null, params (string Key, string Value)[] settings)
    {
        var path = Path.Combine(store.Folder, $"drivers-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(path, change is null ? Registry : change(Registry));
        return await store.AddReplicaAsync(true, [("Registry:Path", path), .. settings]);
    }

    /// <summary>One shift, as JSON of the columns.</summary>
    public static string Push(DateTimeOffset time, long driver = 1001, string rating = "4.5", string trips = "7", string state = "\"free\"", string tags = "[\"a\",\"b\"]", string since = "993945600") =>
        $$$"""{"push_source_name":"shifts","producer":"taxi-{{{Guid.NewGuid()}}}","offset":0,"df":{"event_timestamp":["{{{time:O}}}"],"driver":[{{{driver}}}],"rating":[{{{rating}}}],"trips":[{{{trips}}}],"state":[{{{state}}}],"tags":[{{{tags}}}],"since":[{{{since}}}]}}""";

    /// <summary>The features of a service as <c>name: value status age</c>.</summary>
    public static async Task<List<string>> ReadAsync(Store store, DateTimeOffset? at = null, long driver = 1001, string service = "driver_activity")
    {
        var times = at is { } moment ? $",\"event_times\":[\"{moment:O}\"]" : "";
        var response = await store.PostAsync("/v1/features/online", $$"""{"feature_service":"{{service}}","entities":{"driver_id":[{{driver}}]}{{times}}}""");
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return [.. answer["features"]!.AsArray().Select(f => $"{f!["name"]}: {f["values"]![0]?.ToJsonString() ?? "null"} {f["statuses"]![0]} {f["ages_seconds"]![0]?.ToJsonString() ?? "null"}")];
    }
}
