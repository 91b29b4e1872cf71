using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Diagnostics;

public sealed class FeatureStoreMetricsTests
{
    [Fact]
    public async Task Reads_and_pushes_are_counted_by_view_and_outcome()
    {
        await using var store = await Store.StartAsync();
        using var recorded = new Recording(store);
        var now = store.Time.GetUtcNow();
        await store.PushAsync([new("landings", now.AddMinutes(-7), "ATL", "LAX", 20), new("landings", now.AddHours(-2), "ORD", "SFO", 20)], "radar");
        await store.PushAsync([new("landings", now.AddMinutes(-7), "ATL", "LAX", 20)], "radar", 1);
        await store.ReadAsync(("ORD", "LAX", now));
        Assert.Equal(
            [
                "ml.feature.age destination_outcomes = 300",
                "ml.feature.age network_outcomes = 300",
                "ml.feature.age origin_outcomes = 6900",
                "ml.feature.missing destination_outcomes NOT_FOUND = 1", // inbound to ORD
                "ml.feature.missing origin_departures NOT_FOUND = 2",
                "ml.feature.missing origin_outcomes NULL = 1",
                "ml.feature.missing route_departures NOT_FOUND = 2",
                "ml.feature.missing route_outcomes NOT_FOUND = 2",
                "ml.feature.rows landings accepted = 2",
                "ml.feature.rows landings skipped = 1",
            ],
            recorded.Sums());
    }

    [Fact]
    public async Task A_request_of_many_rows_has_the_age_of_its_oldest_and_counts_every_value_that_is_missing()
    {
        await using var store = await Store.StartAsync();
        using var recorded = new Recording(store);
        var now = store.Time.GetUtcNow();
        await store.PushAsync([new("landings", now.AddMinutes(-7), "ATL", "LAX", 20), new("landings", now.AddHours(-2), "ORD", "LAX", 20)]);
        await store.ReadAsync([.. Enumerable.Range(0, 100).Select(row => (row == 0 ? "ORD" : row < 50 ? "ATL" : "NIL", "LAX", (DateTimeOffset?)now))]);
        Assert.Equal(
            ["ml.feature.age origin_outcomes = 6900", "ml.feature.missing origin_outcomes NOT_FOUND = 100", "ml.feature.missing origin_outcomes NULL = 1"],
            recorded.Sums().Where(line => line.Contains("origin_outcomes", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_value_that_a_full_tile_hides_is_counted()
    {
        await using var store = await Store.StartAsync();
        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().StringSetAsync("ft:{38}:flights:network_outcomes:2d6e5ecb:_:20010401", new byte[] { 0xFF, 0xFF, 0, 0, 0, 0, 0, 1 });
        using var recorded = new Recording(store);
        await store.ReadAsync(("ATL", "LAX", new DateTimeOffset(2001, 4, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Contains("ml.feature.full network_outcomes = 1", recorded.Sums());
    }

    [Fact]
    public async Task The_spans_of_a_read_and_of_a_failed_push_say_what_was_done()
    {
        await using var store = await Store.StartAsync();
        using var recorded = new Recording(store);
        await store.ReadAsync([.. Enumerable.Repeat<(string, string, DateTimeOffset?)>(("ATL", "LAX", null), Recording.Rows)]);
        await store.Redis.KillAsync();
        var response = await store.PostAsync("/push", Store.Body([.. Enumerable.Repeat(new Flights.Event("departures", store.Time.GetUtcNow(), "ATL", "LAX", 0), Recording.Rows)]).ToJsonString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var read = recorded.Span("features.online_read");
        Assert.Equal((ActivityKind.Client, ActivityStatusCode.Unset, "flight_delay", Recording.Rows, "redis", "MGET"),
            (read.Kind, read.Status, read.GetTagItem("ml.feature_service"), read.GetTagItem("ml.rows"), read.GetTagItem("db.system.name"), read.GetTagItem("db.operation.name")));
        Assert.Equal((ActivityStatusCode.Error, "departures", Recording.Rows), (recorded.Span("features.push").Status, recorded.Span("features.push").GetTagItem("ml.push_source"), recorded.Span("features.push").GetTagItem("ml.rows")));
        Assert.Equal(["ml.feature.rows departures failed = 13"], recorded.Sums().Where(line => line.StartsWith("ml.feature.rows", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rows_of_refused_pushes_are_counted_by_source_and_what_was_wrong()
    {
        await using var store = await Drivers.StartAsync(registry => registry.Replace("\"owner\"", "\"maxEntities\": 1, \"owner\"", StringComparison.Ordinal));
        using var recorded = new Recording(store);
        var now = store.Time.GetUtcNow();
        (await store.PostAsync("/push", Drivers.Push(now))).EnsureSuccessStatusCode();
        string[] wrong =
        [
            """{"push_source_name":"shifts","producer":"p","offset":0}""",
            Drivers.Push(now).Replace("\"driver\":[1001]", "\"driver\":[1001,1002,1003]", StringComparison.Ordinal),
            Drivers.Push(now, trips: "\"7\""),
            Drivers.Push(now, rating: "5.5"),
            Drivers.Push(now, state: "\"lost\""),
            Drivers.Push(now, driver: 1002),
            """{"push_source_name":"shifts","df":{"event_timestamp":[]}}""",
        ];
        foreach (var push in wrong)
        {
            Assert.False((await store.PostAsync("/push", push)).IsSuccessStatusCode);
        }
        (await store.PostAsync("/write-to-online-store", """{"feature_view_name":"trip_price","df":{"driver_id":[1,2]}}""")).Dispose();
        Assert.Equal(
            [
                "ml.feature.refused shifts columns = 5", "ml.feature.refused shifts entities = 1", "ml.feature.refused shifts rule = 2", "ml.feature.refused shifts value = 1",
                "ml.feature.refused write:trip_price columns = 2",
            ],
            recorded.Sums().Where(line => line.StartsWith("ml.feature.refused", StringComparison.Ordinal)));
        Assert.Contains("ml.feature.unseen shifts state = 1", recorded.Sums());
        Assert.Equal(
            ["1 shifts columns", "3 shifts columns", "1 shifts value", "1 shifts rule", "1 shifts rule", "1 shifts entities", "1 shifts columns", "2 write:trip_price columns"],
            store.Logs.Named("rows_refused").Select(line => $"{line.Fields["Rows"]} {line.Fields["PushSource"]} {line.Fields["Reason"]}"));
    }

    /// <summary>Every measurement of one store, and every span of exactly <see cref="Rows"/> rows: other tests of the process run at the same time.</summary>
    private sealed class Recording : IDisposable
    {
        public const int Rows = 13;
        private readonly ConcurrentDictionary<string, double> sums = new();
        private readonly ConcurrentQueue<Activity> spans = new();
        private readonly MeterListener meters = new();
        private readonly ActivityListener activities;

        public Recording(Store store)
        {
            var scope = store.MeterScope;
            meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == scope && instrument.Name.StartsWith("ml.feature.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            meters.Start();
            activities = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "MlAspire.FeatureStore",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = span => { if (span.GetTagItem("ml.rows") is Rows) { spans.Enqueue(span); } },
            };
            ActivitySource.AddActivityListener(activities);
        }

        public Activity Span(string name) => Assert.Single(spans, span => span.OperationName == name);

        public List<string> Sums() => [.. sums.Select(s => $"{s.Key} = {s.Value}").Order(StringComparer.Ordinal)];

        public void Dispose()
        {
            meters.Dispose();
            activities.Dispose();
        }

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name + string.Concat(tags.ToArray().Select(tag => $" {tag.Value}"));
            sums.AddOrUpdate(key, value, (_, sum) => sum + value);
        }
    }
}
