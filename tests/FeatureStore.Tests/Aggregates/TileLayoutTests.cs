using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Aggregates;

public sealed class TileLayoutTests
{
    private const string Clip = "\"clip\": [0, 100]";
    private const string ShorterClip = "\"clip\": [0, 5]";

    /// <summary>Expected: the lines of docs/feature-layout.md by hand through <c>sha256sum | cut -c1-8</c>.</summary>
    [Theory]
    [InlineData("origin_outcomes", "547ce1d0")]
    [InlineData("route_outcomes", "938b61fc")] // two join fields
    [InlineData("network_outcomes", "2d6e5ecb")] // none
    [InlineData("origin_departures", "99ebdad1")] // neither value nor flag
    public void The_version_is_the_start_of_the_hash_over_what_decides_the_bytes(string view, string expected) =>
        Assert.Equal(expected, TileLayout.Version((AggregateView)Flights.Registry.View(view)!));

    [Theory]
    [InlineData("\"tile\": \"PT5M\"", "\"tile\": \"PT10M\"")]
    [InlineData(Clip, "\"clip\": [1, 100]")]
    [InlineData(Clip, "\"clip\": [0, 99]")]
    [InlineData("\"value\": { \"field\": \"trips\"", "\"flag\": { \"field\": \"rating\", \"greaterThan\": 4.5 }, \"value\": { \"field\": \"trips\"")]
    [InlineData("\"eventTime\": \"event_timestamp\"", "\"eventTime\": \"at\"")]
    [InlineData("\"shifts\"", "\"turns\"")]
    [InlineData("\"name\": \"trips\", \"type\": \"INT32\"", "\"name\": \"trips\", \"type\": \"INT64\"")]
    public void Whatever_decides_the_bytes_changes_the_version(string part, string changed) => Assert.NotEqual(Version(Drivers.Registry), Version(Changed(part, changed)));

    [Fact]
    public void What_a_flag_compares_changes_the_version()
    {
        string Flagged(string flag) => Changed("\"value\": { \"field\": \"trips\"", $"\"flag\": {flag}, \"value\": {{ \"field\": \"trips\"");
        string[] flags = ["{ \"field\": \"rating\", \"greaterThan\": 4.5 }", "{ \"field\": \"rating\", \"greaterThan\": 4 }", "{ \"field\": \"trips\", \"greaterThan\": 4 }"];
        Assert.Distinct(flags.Select(flag => Version(Flagged(flag))));
    }

    [Theory]
    [InlineData("\"window\": \"PT1H\"", "\"window\": \"PT2H\"")]
    [InlineData("\"shifts_1h\"", "\"shifts\"")]
    [InlineData("\"retention\": \"P2D\", \"ttl\": \"P1D\"", "\"retention\": \"P3D\", \"ttl\": \"PT1H\"")]
    [InlineData("\"name\": \"driver_trips\",", "\"name\": \"driver_trips\", \"owner\": \"fleet\",")]
    public void What_only_decides_how_tiles_are_read_or_kept_does_not(string part, string changed) => Assert.Equal(Version(Drivers.Registry), Version(Changed(part, changed)));

    /// <summary>What is counted by itself is counted for the tiles and the maxima at once: it is filled where one of them is new.</summary>
    [Theory]
    [InlineData("max")]
    [InlineData("min")]
    [InlineData("last")]
    public void Maxima_that_a_view_needs_newly_change_the_version_where_it_counts_by_itself(string function)
    {
        static string Own(string registry) => registry.Replace("\"tile\": \"PT5M\"", "\"tile\": \"PT5M\", \"ownOffsets\": true", StringComparison.Ordinal);
        var changed = Changed("{ \"name\": \"shifts_1h\"", $"{{ \"name\": \"more_1h\", \"function\": \"{function}\", \"window\": \"PT1H\" }}, {{ \"name\": \"shifts_1h\"");
        Assert.Equal(Version(Drivers.Registry), Version(changed));
        Assert.NotEqual(Version(Own(Drivers.Registry)), Version(Own(changed)));
    }

    [Fact]
    public async Task Tiles_of_a_changed_definition_are_not_read_or_added_to_and_are_there_when_it_is_changed_back()
    {
        await using var store = await Drivers.StartAsync();
        var now = store.Time.GetUtcNow();
        await PushAsync(store, now);
        Assert.Equal(("hour_shifts_1h: 1 PRESENT 0", "hour_mean_trips_1h: 7 PRESENT 0"), await ReadAsync(store));
        var before = await TilesAsync(store);

        await store.StopReplicasAsync();
        await Drivers.AddReplicaAsync(store, registry => registry.Replace(Clip, ShorterClip, StringComparison.Ordinal));
        Assert.Equal(("hour_shifts_1h: null NOT_FOUND null", "hour_mean_trips_1h: null NOT_FOUND null"), await ReadAsync(store));
        await PushAsync(store, now);
        Assert.Equal(("hour_shifts_1h: 1 PRESENT 0", "hour_mean_trips_1h: 5 PRESENT 0"), await ReadAsync(store)); // 7 is clipped to 5

        await store.StopReplicasAsync();
        await Drivers.AddReplicaAsync(store);
        Assert.Equal(("hour_shifts_1h: 1 PRESENT 0", "hour_mean_trips_1h: 7 PRESENT 0"), await ReadAsync(store));
        Assert.Equal(before, (await TilesAsync(store)).Intersect(before));
    }

    [Fact]
    public async Task The_log_fills_a_changed_layout_in_an_emptied_Redis()
    {
        using var folder = new LogFolder();
        await using var store = await Drivers.StartAsync(null, ("Offline:Directory", folder.Path));
        await ReadyAsync(store);
        await PushAsync(store, store.Time.GetUtcNow());
        await store.StopReplicasAsync();
        await using (var redis = await store.ConnectAsync()) { await redis.GetServers()[0].FlushAllDatabasesAsync(); }

        await Drivers.AddReplicaAsync(store, registry => registry.Replace(Clip, ShorterClip, StringComparison.Ordinal), ("Offline:Directory", folder.Path));
        await ReadyAsync(store);
        Assert.Contains("hour_mean_trips_1h: 5 PRESENT", (await ReadAsync(store)).Mean, StringComparison.Ordinal);
    }

    private static async Task PushAsync(Store store, DateTimeOffset time)
    {
        var response = await store.PostAsync("/push", Drivers.Push(time));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<(string Count, string Mean)> ReadAsync(Store store)
    {
        var features = await Drivers.ReadAsync(store);
        return (features.Single(f => f.StartsWith("hour_shifts_1h:", StringComparison.Ordinal)), features.Single(f => f.StartsWith("hour_mean_trips_1h:", StringComparison.Ordinal)));
    }

    private static async Task<List<string>> TilesAsync(Store store) => (await store.DumpAsync()).FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));

    private static Task ReadyAsync(Store store) => Eventually.TrueAsync("the log to be applied", async () =>
    {
        store.Time.Advance(TimeSpan.FromSeconds(2));
        return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
    });

    private static string Changed(string part, string changed)
    {
        Assert.Contains(part, Drivers.Registry, StringComparison.Ordinal);
        return Drivers.Registry.Replace(part, changed, StringComparison.Ordinal);
    }

    private static string Version(string registry) =>
        TileLayout.Version(Assert.IsType<AggregateView>(RegistryFile.Parse(Encoding.UTF8.GetBytes(registry)).View("driver_trips")));
}
