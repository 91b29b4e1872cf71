using System.Net;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Online;

/// <summary>What a Redis Cluster does that a single server does not; that it otherwise does the same is in the tests that take either.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_slot_that_is_moved_while_two_replicas_ingest_loses_and_doubles_nothing_and_is_read_all_the_time()
    {
        await using var store = await Store.StartAsync(cluster: true);
        HttpClient[] replicas = [store.Client, await store.AddReplicaAsync()];
        var landings = Flights.Random(41, 6_000).Where(e => e.Source == "landings").ToArray();
        var cancellationToken = TestContext.Current.CancellationToken;
        await PushAsync(store, replicas, landings[..1_000], 0);

        var (slot, cluster) = (await SlotAsync(store, "ATL"), store.Cluster!);
        var from = await cluster.OwnerAsync(slot);
        var to = cluster.Nodes.First(node => node != from);
        await RedisCluster.BeginMoveAsync(slot, from, to);
        var pushing = Task.Run(() => PushAsync(store, replicas, landings[1_000..], 1_000), cancellationToken);
        while (await RedisCluster.MoveKeysAsync(slot, from, to, 3))
        {
            var read = Assert.Single(await store.ReadAsync(("ATL", "LAX", store.Time.GetUtcNow())));
            Assert.NotEqual("NOT_FOUND", read["origin_mean_delay_1h"].Status);
        }
        await cluster.EndMoveAsync(slot, from, to);
        await pushing;

        Assert.Same(to, await cluster.OwnerAsync(slot));
        await using var alone = await Store.StartAsync();
        await PushAsync(alone, [alone.Client], landings, 0);
        Assert.Equal(Stored(await alone.DumpAsync()), Stored(await store.DumpAsync()));
    }

    [Fact]
    public async Task A_node_that_died_makes_its_entities_unavailable_and_when_it_is_back_empty_the_log_fills_it_to_the_same_bytes()
    {
        await using var store = await Store.StartAsync(cluster: true, ("Offline:Directory", folder.Path));
        await ReadyAsync(store);
        var landings = Flights.Random(42, 1_000).Where(e => e.Source == "landings").ToArray();
        await PushAsync(store, [store.Client], landings[..400], 0);
        var dump = await store.DumpAsync();
        var node = await store.Cluster!.OwnerAsync(await SlotAsync(store, "LAX"));
        Assert.NotSame(node, await store.Cluster.OwnerAsync(await SlotOfAsync(store, "fo:flights:radar"))); // what says how far the producer has come is still there

        await node.KillAsync();

        await AssertUnavailable(() => store.PostAsync("/v1/features/online", """{"feature_service":"flight_delay","entities":{"origin":["ATL"],"destination":["LAX"]}}"""));
        await Eventually.TrueAsync("the replica to be not ready", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            using var health = await store.Client.GetAsync("/health/ready");
            return health.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        await node.RestartAsync();
        await store.Cluster.UpAsync();
        await Eventually.TrueAsync("the log to be applied to the node that lost everything", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await store.PushAsync(landings[..400], "radar")).Skipped == 400 && (await store.DumpAsync()).SequenceEqual(dump);
        });
        await PushAsync(store, [store.Client], landings[400..], 400);
        await using var alone = await Store.StartAsync();
        await PushAsync(alone, [alone.Client], landings, 0);
        Assert.Equal(Stored(await alone.DumpAsync()), Stored(await store.DumpAsync()));
    }

    [Fact]
    public async Task A_partition_whose_offset_has_expired_is_not_taken_for_lost()
    {
        await using var store = await Store.StartAsync(cluster: true, ("Offline:Directory", folder.Path));
        await ReadyAsync(store);
        foreach (var other in new[] { "SEA", "SFO", "SEA-SFO", "_" }) // which is that of ATL
        {
            Assert.NotEqual(40, RedisKeys.Partition(other));
        }
        await PushAsync(store, [store.Client], [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)], 0);
        await RestartAsync(TimeSpan.FromDays(91));
        await PushAsync(store, [store.Client], [new("landings", store.Time.GetUtcNow(), "SEA", "SFO", 20)], 1);
        await using var redis = await store.ConnectAsync();
        var log = LogReader.IdOf(folder.Path);
        Assert.Equal(2, await redis.GetDatabase().KeyDeleteAsync(["fo:{40}:flights:radar", $"fl:{{40}}:flights:{log}"])); // as Redis does after 90 days
        await RestartAsync(TimeSpan.Zero);
        Assert.DoesNotContain("feature_log_applied", store.Logs.Events.Select(e => e.Event));

        async Task RestartAsync(TimeSpan later)
        {
            await store.StopReplicasAsync();
            store.Time.Advance(later);
            await store.AddReplicaAsync(settings: ("Offline:Directory", folder.Path));
            await ReadyAsync(store);
        }
    }

    [Fact]
    public async Task A_push_that_was_written_in_some_partitions_only_is_completed_by_its_repetition()
    {
        await using var store = await Store.StartAsync(cluster: true);
        Flights.Event[] landings = [.. Enumerable.Range(0, 20).Select(i => new Flights.Event("landings", store.Time.GetUtcNow().AddMinutes(-i), i % 2 == 0 ? "ATL" : "LAX", "ORD", i))];
        await PushAsync(store, [store.Client], landings[..10], 0);
        var before = await store.DumpAsync();
        await PushAsync(store, [store.Client], landings[10..], 10);
        var after = Stored(await store.DumpAsync());

        // As a replica leaves it that is killed amid the second push: written for ATL alone, and nowhere said to be done.
        await using var redis = await store.ConnectAsync();
        var tag = $":{{{RedisKeys.Partition("ATL"):00}}}:";
        foreach (var line in before.Where(line => !line.Contains(tag, StringComparison.Ordinal)))
        {
            var words = line.Split(' ');
            await redis.GetDatabase().StringSetAsync(words[0], Convert.FromHexString(words[1]));
        }

        Assert.Equal((10, 0), await store.PushAsync(landings[10..], "radar", 10));
        Assert.Equal(after, Stored(await store.DumpAsync()));
        Assert.Equal((0, 10), await store.PushAsync(landings[10..], "radar", 10));
    }

    [Theory]
    [InlineData("Packed")]
    [InlineData("Feast")]
    public async Task Rows_are_pushed_with_tiles_replaced_by_newer_ones_and_read(string layout)
    {
        await using var store = await Store.WithAsync(store => Drivers.AddReplicaAsync(store, null, ("Redis:Layout", layout)), cluster: true);
        var now = store.Time.GetUtcNow();
        foreach (var (driver, minute, trips) in new[] { (1001, -5, "7"), (1002, -4, "8"), (1001, -1, "9"), (1001, -3, "6") })
        {
            (await store.PostAsync("/push", Drivers.Push(now.AddMinutes(minute), driver, trips: trips))).EnsureSuccessStatusCode();
        }
        Assert.Equal(["driver_trips: 9 PRESENT 60", "hour_shifts_1h: 3 PRESENT 0"], await ReadAsync(1001));
        Assert.Equal(["driver_trips: 8 PRESENT 240", "hour_shifts_1h: 1 PRESENT 0"], await ReadAsync(1002));

        async Task<IEnumerable<string>> ReadAsync(long driver) => (await Drivers.ReadAsync(store, driver: driver)).Where(line => line.Contains("_trips:", StringComparison.Ordinal) || line.Contains("_shifts", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    /// <summary>By hand: CRC-32C of "ATL" modulo 64 is 40, and CLUSTER KEYSLOT of "40" is 16,130.</summary>
    [Fact]
    public async Task Everything_of_an_entity_is_in_one_slot()
    {
        await using var store = await Store.StartAsync(cluster: true);
        await store.PushAsync([.. Flights.Random(43, 500).Where(e => e.Source == "landings")], "radar");
        var keys = (await store.DumpAsync()).Select(line => line.Split(' ')[0]).Where(key => key.Contains(":ATL:", StringComparison.Ordinal)).ToList();
        Assert.True(keys.Count > 10);
        Assert.All(keys, key => Assert.StartsWith("ft:{40}:flights:", key, StringComparison.Ordinal));
        Assert.Equal("16130", (await RedisCluster.AskAsync(store.Servers[0], "CLUSTER", "KEYSLOT", keys[0]))[0]);
    }

    /// <summary>As a producer pushes: in order, to either replica, and again what was not taken.</summary>
    private static async Task PushAsync(Store store, HttpClient[] replicas, Flights.Event[] landings, int offset)
    {
        foreach (var (i, batch) in landings.Chunk(50).Index())
        {
            var body = Store.Body(batch, "radar", offset + 50 * i);
            await Eventually.TrueAsync("the push to be taken", async () =>
            {
                store.Time.Advance(TimeSpan.FromSeconds(1));
                return (await replicas[i % replicas.Length].PostAsync("/push", new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"))).IsSuccessStatusCode;
            });
        }
    }

    private static Task<int> SlotAsync(Store store, string entity) => SlotOfAsync(store, $"{{{RedisKeys.Partition(entity):00}}}");

    private static async Task<int> SlotOfAsync(Store store, string key) => int.Parse((await RedisCluster.AskAsync(store.Servers[0], "CLUSTER", "KEYSLOT", key))[0], System.Globalization.CultureInfo.InvariantCulture);

    private static List<string> Stored(List<string> dump) => dump.FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));

    private static Task ReadyAsync(Store store) => Eventually.TrueAsync("the log to be applied", async () =>
    {
        store.Time.Advance(TimeSpan.FromSeconds(2));
        return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
    });

    private static Task AssertUnavailable(Func<Task<HttpResponseMessage>> call) => Eventually.TrueAsync("the answer that the node is lost", async () => (await call()).StatusCode == HttpStatusCode.ServiceUnavailable);
}
