using System.Net;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Feast;
using MlAspire.FeatureStore.Tests.PointInTime;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>Rows that were logged under one registry are read under another.</summary>
public sealed class ChangedRegistryTests : IDisposable
{
    private const string RowView = "\"driver_stats\", \"owner\": \"fleet@example.com\", \"tags\": { \"tier\": \"gold\" }, \"entity\": \"driver\", \"source\": \"shifts\", \"join\": { \"driver_id\": \"driver\" },";
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_row_view_defined_after_its_rows_were_logged_has_their_values_when_materialized_joined_and_restored()
    {
        DateTimeOffset time;
        await using (var before = await StartAsync(WithoutRowView))
        {
            time = before.Time.GetUtcNow().AddMinutes(-5);
            await PushAsync(before, time);
        }

        await using var store = await StartAsync(null); // an empty Redis: the log is applied
        string[] values = ["driver_state: \"free\" PRESENT 300", "driver_rating: 4.5 PRESENT 300", "driver_tags: [\"a\",\"b\"] PRESENT 300", "driver_trips: 7 PRESENT 300", "driver_since: 993945600 PRESENT 300"];
        Assert.Equal(values, (await Drivers.ReadAsync(store, time.AddMinutes(5))).Where(line => line.StartsWith("driver_", StringComparison.Ordinal)));
        await using var redis = await store.ConnectAsync();
        Assert.Equal(1, await redis.GetDatabase().KeyDeleteAsync(redis.GetServers()[0].Keys(pattern: "fr:*").ToArray()));
        Assert.Equal((HttpStatusCode.OK, "null"), await FeastWriteTests.Post(store, "/materialize", """{"disable_event_timestamp":true,"feature_views":["driver_stats"]}"""));
        Assert.Equal(values, (await Drivers.ReadAsync(store, time.AddMinutes(5))).Where(line => line.StartsWith("driver_", StringComparison.Ordinal)));

        Assert.Equal([4.5, 7, 993_945_600], Join(Drivers.Registry, time.AddMinutes(1)));
    }

    [Fact]
    public async Task Fields_of_any_type_that_no_view_stores_are_logged()
    {
        const string All = """{ "name": "driver", "type": "INT64" }, { "name": "raw", "type": "BYTES" }, { "name": "legs", "type": "INT64_LIST" },""";
        await using (var store = await StartAsync(registry => WithoutRowView(registry).Replace("""{ "name": "driver", "type": "INT64" },""", All, StringComparison.Ordinal)))
        {
            await PushAsync(store, store.Time.GetUtcNow(), push => push.Replace("\"driver\":[1001]", "\"driver\":[1001],\"raw\":[\"Bwg=\"],\"legs\":[[1,-1]]", StringComparison.Ordinal));
        }
        var row = Assert.Single(LogReader.Frames(folder.Path)).Row(0);
        Assert.Equal([(byte)7, (byte)8], (byte[])row[1].Value!);
        Assert.Equal([1L, -1L], (long[])row[2].Value!);
        Assert.Equal(["a", "b"], (string[])row[6].Value!);
        Assert.Equal(993_945_600L, row[7].Value);
    }

    [Fact]
    public async Task A_field_that_logged_rows_lack_is_null_where_no_view_needs_it()
    {
        static string WithTips(string registry) => registry.Replace("""{ "name": "since", "type": "UNIX_TIMESTAMP" }""", """{ "name": "since", "type": "UNIX_TIMESTAMP" }, { "name": "tip", "type": "DOUBLE" }""", StringComparison.Ordinal)
            .Replace("\"tags\", \"trips\", \"since\"]", "\"tags\", \"trips\", \"since\", \"tip\"]", StringComparison.Ordinal);
        DateTimeOffset time;
        await using (var before = await StartAsync(null))
        {
            time = before.Time.GetUtcNow().AddMinutes(-5);
            await PushAsync(before, time);
        }

        await using var store = await StartAsync(WithTips);

        Assert.Contains("driver_trips: 7 PRESENT 300", await Drivers.ReadAsync(store, time.AddMinutes(5)));
        Assert.Contains("driver_tip: null NULL 300", await Drivers.ReadAsync(store, time.AddMinutes(5)));
        Assert.Contains("hour_shifts_1h: 1 PRESENT 2", await Drivers.ReadAsync(store, time.AddMinutes(5)));
        Assert.DoesNotContain("feature_log_unknown_source", store.Logs.Events.Select(e => e.Event));
        Assert.Equal([4.5, 7, 993_945_600], Join(WithTips(Drivers.Registry), time.AddMinutes(1)));
    }

    [Fact]
    public async Task A_view_that_needs_a_field_that_logged_rows_lack_is_left_out_of_what_is_applied_and_fails_a_join_of_its_own()
    {
        static string Tipped(string registry) => registry.Replace("""{ "name": "since", "type": "UNIX_TIMESTAMP" } ] } ],""", """{ "name": "since", "type": "UNIX_TIMESTAMP" }, { "name": "tip", "type": "INT32" } ] } ],""", StringComparison.Ordinal)
            .Replace("\"value\": { \"field\": \"trips\"", "\"value\": { \"field\": \"tip\"", StringComparison.Ordinal);
        DateTimeOffset time;
        await using (var before = await StartAsync(null))
        {
            time = before.Time.GetUtcNow().AddMinutes(-5);
            await PushAsync(before, time.AddMinutes(-1));
            await PushAsync(before, time);
        }

        await using var store = await StartAsync(Tipped);

        Assert.Contains("driver_trips: 7 PRESENT 300", await Drivers.ReadAsync(store, time.AddMinutes(5)));
        Assert.Contains("hour_shifts_1h: null NOT_FOUND null", await Drivers.ReadAsync(store, time.AddMinutes(5)));
        Assert.Single(store.Logs.Events, e => e.Event == "feature_log_unknown_source");
        Assert.Equal([4.5, 7, 993_945_600], Join(Tipped(Drivers.Registry), time.AddMinutes(1))); // of the row view alone
        var error = Assert.Throws<InvalidDataException>(() => Join(Tipped(Drivers.Registry), time.AddMinutes(1), "hour_shifts_1h"));
        Assert.Equal("The logged rows from sequence 0 on do not have the INT32 'tip' of the source 'shifts', which a view of the service needs.", error.Message);
    }

    private static string WithoutRowView(string registry) => registry.Replace(RowView, "\"driver_stats\", \"entity\": \"driver\",", StringComparison.Ordinal);

    private async Task<Store> StartAsync(Func<string, string>? change)
    {
        var store = await Drivers.StartAsync(change, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2)); // an answer is kept for a second
            return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        return store;
    }

    private static async Task PushAsync(Store store, DateTimeOffset time, Func<string, string>? change = null)
    {
        var push = Drivers.Push(time);
        var response = await store.PostAsync("/push", change is null ? push : change(push));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The values of driver 1001 at a moment: rating, trips and since, or others.</summary>
    private double[] Join(string json, DateTimeOffset moment, params string[] features)
    {
        var numbers = features.Length == 0 ? """{ "view": "driver_stats", "entity": { "driver_id": "driver_id" }, "features": ["rating", "trips", "since"], "prefix": "driver" }"""
            : """{ "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["shifts_1h"], "prefix": "hour" }""";
        var at = json.IndexOf("\"version\": 1, \"features\": [", StringComparison.Ordinal);
        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes($"{json[..at]}\"version\": 1, \"features\": [{numbers}] }} ] }}"));
        using var join = new PointInTimeJoin(registry, new ServiceAggregation(registry, registry.Service("driver_activity")!), folder.Path);
        join.Add(JoinRows.Spine(0, moment, "1001"));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        return Assert.Single(join.All()).Values;
    }
}
