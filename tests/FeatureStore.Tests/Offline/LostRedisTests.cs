using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Ingest;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>A Redis that lost some of what it had, though not what was pushed last, or not all of it.</summary>
public sealed class LostRedisTests : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly LogFolder other = new();

    public void Dispose()
    {
        folder.Dispose();
        other.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Redis_as_it_was_before_some_pushes_gets_them_though_the_last_push_was_an_old_one_again(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        var landings = Landings(61, 40);
        await store.PushAsync(landings[..20], "radar");
        var before = await RedisSnapshot.OfAsync(store);
        await store.PushAsync(landings[20..], "tower");
        Assert.Equal((0, 20), await store.PushAsync(landings[..20], "radar"));
        var tiles = await TilesAsync(store);
        await store.StopReplicasAsync();
        await before.RestoreAsync(store);

        await AddReplicaAsync(store, folder);

        Assert.Equal(tiles, await TilesAsync(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replica_whose_last_push_another_gave_back_gives_back_all_of_its_own(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        var second = await AddReplicaAsync(store, other);
        var landings = Landings(62, 40);
        await store.PushAsync(landings[..20], "radar");
        await store.PushAsync(landings[20..], "radar", 20);
        Assert.Equal((0, 20), await store.PushAsync(landings[20..], "radar", 20, second));
        var tiles = await TilesAsync(store);
        await store.StopReplicasAsync();
        await new RedisSnapshot().RestoreAsync(store);

        await AddReplicaAsync(store, other);
        Assert.NotEqual(tiles, await TilesAsync(store));
        await AddReplicaAsync(store, folder);

        Assert.Equal(tiles, await TilesAsync(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replica_gives_back_what_another_had_always_pushed_before_it(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        var second = await AddReplicaAsync(store, other);
        var landings = Landings(63, 40);
        await store.PushAsync(landings, "radar");
        Assert.Equal((0, 40), await store.PushAsync(landings, "radar", 0, second));
        var tiles = await TilesAsync(store);
        await store.StopReplicasAsync();
        await new RedisSnapshot().RestoreAsync(store);

        await AddReplicaAsync(store, other);

        Assert.Equal(tiles, await TilesAsync(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_push_of_which_another_replica_had_every_row_is_noted_so_that_the_next_start_gives_nothing_back(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        var second = await AddReplicaAsync(store, other);
        var landings = Landings(64, 40);
        await store.PushAsync(landings, "radar");
        Assert.Equal((0, 40), await store.PushAsync(landings, "radar", 0, second));
        await using var redis = await store.ConnectAsync();
        Assert.Equal(40, (long)await redis.GetDatabase().StringGetAsync($"fl:flights:{LogReader.IdOf(other.Path)}"));
        await store.StopReplicasAsync();

        await AddReplicaAsync(store, other);

        Assert.DoesNotContain(store.Logs.Events, line => line.Event == "feature_log_applied");
    }

    [Fact]
    public async Task A_view_that_counts_by_itself_gets_what_it_lost_where_the_others_lost_nothing()
    {
        static string Own(string registry) => registry.Replace("\"tile\": \"PT1H\",", "\"tile\": \"PT1H\", \"ownOffsets\": true,", StringComparison.Ordinal);
        await using var store = await Rides.StartAsync(change: Own, settings: ("Offline:Directory", folder.Path));
        var rides = Rides.Random(new Random(7), 20, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..10], "meter"));
        var before = await RedisSnapshot.OfAsync(store);
        await Rides.PushAsync(store.Client, Rides.Body(rides[10..], "meter", 10));
        var counted = await Rides.CountedAsync(store);
        var after = await RedisSnapshot.OfAsync(store);
        await store.StopReplicasAsync();
        await after.With(before, key => key.Contains(":driver_rides:", StringComparison.Ordinal)).RestoreAsync(store); // as it was between the two scripts of the last push

        await Rides.AddReplicaAsync(store, Own, ("Offline:Directory", folder.Path));

        Assert.Equal(counted, await Rides.CountedAsync(store));
    }

    [Fact]
    public async Task Events_that_were_pushed_again_count_once_when_some_partitions_are_lost_after_their_ids_have_expired()
    {
        await using var store = await Rides.StartAsync(cluster: true, settings: ("Offline:Directory", folder.Path));
        var second = await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", other.Path));
        var rides = Rides.Random(new Random(8), 60, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides, "first"));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":60}""", await Rides.PushAsync(second, Rides.Body(rides, "second")));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":60}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "third")));
        var (counted, all) = (await Rides.CountedAsync(store), await RedisSnapshot.OfAsync(store));
        await store.StopReplicasAsync();
        string[] lost = [.. Enumerable.Range(0, 20).Select(partition => $":{{{partition:00}}}:")];
        await all.With(new RedisSnapshot(), key => key.StartsWith("fe:", StringComparison.Ordinal) || Array.Exists(lost, tag => key.Contains(tag, StringComparison.Ordinal))).RestoreAsync(store);
        Assert.NotEqual(counted, await Rides.CountedAsync(store));

        await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", folder.Path));
        await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", other.Path));

        Assert.Equal(counted, await Rides.CountedAsync(store));
    }

    [Fact]
    public async Task Events_that_a_log_repeats_count_once_in_a_Redis_as_it_was_before_whose_ids_have_expired()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", folder.Path));
        var rides = Rides.Random(new Random(9), 20, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..15], "first"));
        var before = await RedisSnapshot.OfAsync(store);
        Assert.Equal("""{"accepted":5,"skipped":0,"repeated":15}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "second")));
        var counted = await Rides.CountedAsync(store);
        await store.StopReplicasAsync();
        await before.With(new RedisSnapshot(), key => key.StartsWith("fe:", StringComparison.Ordinal)).RestoreAsync(store);

        await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", folder.Path));

        Assert.Equal(counted, await Rides.CountedAsync(store));
    }

    [Theory]
    [InlineData("P2D", "fe 1, ft 2, fx 1")]
    [InlineData("P30D", "fe 2, ft 3, fx 1")]
    public async Task What_the_views_would_have_dropped_does_not_come_back_but_its_offsets_do(string retention, string kept)
    {
        string Longer(string registry) => registry.Replace("\"tile\": \"PT1H\", \"retention\": \"P2D\"", $"\"tile\": \"PT1H\", \"retention\": \"{retention}\"", StringComparison.Ordinal);
        await using var store = await Rides.StartAsync(change: Longer, settings: ("Offline:Directory", folder.Path));
        await Rides.PushAsync(store.Client, Rides.Body([new("a", store.Time.GetUtcNow(), "here", 1, 1)], "meter"));
        store.Time.Advance(TimeSpan.FromHours(73));
        await Rides.PushAsync(store.Client, Rides.Body([new("b", store.Time.GetUtcNow(), "here", 2, 1)], "meter", 1));
        await store.StopReplicasAsync();
        await new RedisSnapshot().RestoreAsync(store);

        await Rides.AddReplicaAsync(store, Longer, ("Offline:Directory", folder.Path));

        var keys = (await store.DumpAsync()).GroupBy(line => line[..2]).ToDictionary(kind => kind.Key, kind => kind.Count());
        Assert.Equal($"{kept}, fr 1", $"fe {keys["fe"]}, ft {keys["ft"]}, fx {keys["fx"]}, fr {keys["fr"]}");
        Assert.Equal("""{"producer":"meter","next_offset":2}""", await store.Client.GetStringAsync("/v1/producers/meter"));
    }

    [Fact]
    public void A_view_keeps_what_was_pushed_its_retention_and_a_day_ago()
    {
        var registry = RegistryFile.Parse(System.Text.Encoding.UTF8.GetBytes(Rides.Registry));
        var target = new PushTargets(registry, new RedisKeys(registry)).Source("rides")!;
        Assert.Same(target, target.Kept(TimeSpan.FromDays(3)));
        Assert.False(target.Kept(TimeSpan.FromDays(3) + TimeSpan.FromTicks(1)).HasViews);
    }

    [Theory]
    [InlineData(false, "radar")]
    [InlineData(true, "radar")]
    [InlineData(false, null)]
    [InlineData(true, null)]
    public async Task A_Redis_that_is_emptied_while_it_is_connected_gets_everything_with_the_next_push(bool cluster, string? producer)
    {
        await using var store = await StartAsync(cluster);
        var landings = Landings(65, 60);
        await store.PushAsync(landings[..20], producer);
        await store.PushAsync(landings[20..40], producer, 20);
        await new RedisSnapshot().RestoreAsync(store);

        Assert.Equal((20, 0), await store.PushAsync(landings[40..], producer, 40));

        await using var alone = await Store.StartAsync(cluster);
        await alone.PushAsync(landings, "radar");
        Assert.Equal(await TilesAsync(alone), await TilesAsync(store));
    }

    [Fact]
    public async Task A_partition_that_is_emptied_while_it_is_connected_gets_everything_with_the_next_push_that_has_rows_for_it()
    {
        await using var store = await StartAsync(cluster: true);
        var landings = Landings(66, 60);
        await store.PushAsync(landings[..40], "radar");
        var all = await RedisSnapshot.OfAsync(store);
        await all.With(new RedisSnapshot(), key => key.Contains(":{40}:", StringComparison.Ordinal)).RestoreAsync(store); // ATL's

        Assert.Equal((20, 0), await store.PushAsync([.. landings[40..59], landings[59] with { Origin = "ATL" }], "radar", 40));

        await using var alone = await Store.StartAsync(cluster: true);
        await alone.PushAsync([.. landings[..59], landings[59] with { Origin = "ATL" }], "radar");
        Assert.Equal(await TilesAsync(alone), await TilesAsync(store));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Redis_that_is_emptied_while_it_is_connected_gets_everything_without_a_push(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        await store.PushAsync(Landings(67, 40), "radar");
        var tiles = await TilesAsync(store);
        await new RedisSnapshot().RestoreAsync(store);

        await Eventually.TrueAsync("the tiles to be back", async () =>
        {
            store.Time.Advance(AppliedNotesWatch.Interval);
            return (await TilesAsync(store)).SequenceEqual(tiles);
        });
    }

    private static Flights.Event[] Landings(int seed, int count) => [.. Flights.Random(seed, 10 * count).Where(e => e.Source == "landings").Take(count)];

    private async Task<Store> StartAsync(bool cluster) => await Store.WithAsync(store => AddReplicaAsync(store, folder), cluster);

    private static async Task<HttpClient> AddReplicaAsync(Store store, LogFolder log)
    {
        var replica = await store.AddReplicaAsync(settings: ("Offline:Directory", log.Path));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await replica.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        return replica;
    }

    private static async Task<List<string>> TilesAsync(Store store) => (await store.DumpAsync()).FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));
}
