using System.Collections;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Cache;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.Testing;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Tests.Cache;

public sealed class CachedOnlineStoreTests
{
    private const string Mean = "origin_mean_delay_1h";
    private static readonly (string, string)[] Cached = [("Redis:CacheBytes", "1000000"), ("Redis:CacheStalenessMilliseconds", "1000")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_read_is_kept_until_another_replica_writes_it(bool cluster)
    {
        await using var store = await StartAsync(cluster);
        var writer = await store.AddReplicaAsync();
        await PushAsync(store, writer, 20, 0);
        await Eventually.TrueAsync("the written value to be read", async () => await ReadAsync(store) == 20);
        using var metrics = new RecordedMetrics((IMeterFactory)store.MeterScope);
        Assert.Equal(20, await ReadAsync(store));
        Assert.Equal((true, 0, 0), (Reads(metrics, "hit") > 5, Reads(metrics, "miss"), Reads(metrics, "bypassed")));

        // What no replica wrote is told to nobody: it is the cache that answers.
        await DeleteAllAsync(store);
        Assert.Equal(20, await ReadAsync(store));

        await PushAsync(store, writer, 60, 1);
        await Eventually.TrueAsync("the written value to be read", async () => await ReadAsync(store) == 60);
        await Eventually.TrueAsync("the other entities to be told, each by its node", () => metrics.Sum("ml.feature.cache.invalidations") >= 4);
    }

    [Fact]
    public async Task A_replica_reads_at_once_what_it_wrote_itself()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new RedisProxy(redis.Port);
        await using var store = await Store.StartAsync([.. Cached, ("ConnectionStrings:redis", proxy.ConnectionString)]);
        await KnownAsync(store);
        await PushAsync(store, store.Client, 20, 0);
        Assert.Equal(20, await ReadAsync(store));
        proxy.HoldMessages();
        await PushAsync(store, store.Client, 60, 1);
        Assert.Equal(40, await ReadAsync(store));
    }

    [Fact]
    public async Task When_the_channel_is_silent_for_longer_than_the_bound_or_lost_everything_is_read_from_Redis_and_then_kept_anew()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new RedisProxy(redis.Port);
        await using var store = await Store.StartAsync([.. Cached, ("ConnectionStrings:redis", proxy.ConnectionString)]);
        using var metrics = new RecordedMetrics((IMeterFactory)store.MeterScope);
        await using var other = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        await KnownAsync(store);
        await PushAndHearAsync(store, metrics, 20, 0);
        Assert.Equal(20, await ReadAsync(store));
        await DeleteAllAsync(other);

        proxy.HoldMessages();
        Assert.Equal(20, await ReadAsync(store)); // as old as the bound allows
        store.Time.Advance(TimeSpan.FromMilliseconds(1_001));
        Assert.Null(await ReadAsync(store));
        Assert.True(Reads(metrics, "bypassed") > 0);
        proxy.ReleaseMessages();
        await KnownAsync(store);

        await PushAndHearAsync(store, metrics, 30, 1);
        Assert.Equal(30, await ReadAsync(store));
        await DeleteAllAsync(other);
        Assert.Equal(30, await ReadAsync(store));
        await other.GetServers()[0].ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await Eventually.TrueAsync("the lost channel to be noticed, though no time has passed", async () => await ReadAsync(store) is null);
        await KnownAsync(store);
        await PushAndHearAsync(store, metrics, 40, 2);
        Assert.Equal(40, await ReadAsync(store));
    }

    [Fact]
    public async Task A_read_that_a_write_overtakes_keeps_nothing_that_anybody_gets()
    {
        await using var store = await StartAsync();
        var keys = Keys(store);
        var gated = new GatedStore(store.Services.GetRequiredService<RedisOnlineStore>());
        using var cache = Cache(store, gated);
        OnlineKey[] asked = [Atlanta(store)];
        await PushAsync(store, store.Client, 20, 0);

        var overtaken = cache.ReadAsync(keys, asked, CancellationToken.None); // has its bytes from Redis, and waits with them
        await gated.HasRead.Task;
        await PushAsync(store, store.Client, 60, 1);
        gated.Open.SetResult();
        var old = Assert.Single(await overtaken);
        var next = Assert.Single(await cache.ReadAsync(keys, asked, CancellationToken.None));

        Assert.NotEqual(Convert.ToHexString(old), Convert.ToHexString(next));
        Assert.Equal(2, gated.Reads);
        await Eventually.TrueAsync("what was read since to be kept", async () =>
        {
            var reads = gated.Reads; // one more when the write is heard of only now
            Assert.Equal(next, Assert.Single(await cache.ReadAsync(keys, asked, CancellationToken.None)));
            return gated.Reads == reads;
        });
    }

    [Fact]
    public async Task A_read_that_a_lost_channel_overtakes_keeps_nothing_that_anybody_gets()
    {
        await using var store = await StartAsync();
        using var cache = Cache(store, store.Services.GetRequiredService<RedisOnlineStore>());
        var redis = store.Services.GetRequiredService<RedisCommands>();
        await using var other = await store.ConnectAsync();
        await PushAsync(store, store.Client, 20, 0);
        var before = redis.Breaks;

        // The channel is known when the read begins, and lost before it looks at its first key.
        var asked = new OvertakenKeys(Atlanta(store), () =>
        {
            other.GetServers()[0].Execute("CLIENT", "KILL", "TYPE", "pubsub");
            Assert.True(SpinWait.SpinUntil(() => redis.Breaks > before, Eventually.DefaultLimit), "the lost channel was not noticed");
        });
        Assert.NotEmpty(Assert.Single(await cache.ReadAsync(Keys(store), asked, CancellationToken.None)));
        await DeleteAllAsync(other);
        await KnownAsync(store);

        Assert.Empty(Assert.Single(await cache.ReadAsync(Keys(store), [Atlanta(store)], CancellationToken.None)));
    }

    [Fact]
    public async Task While_a_node_of_a_cluster_is_dead_what_the_others_publish_is_known()
    {
        await using var store = await StartAsync(cluster: true);
        await store.Servers[2].KillAsync();
        await Eventually.TrueAsync("the dead node to be noticed", () => !store.Services.GetRequiredService<Invalidations>().AreKnown(out _));
        await KnownAsync(store);
        await store.Servers[2].RestartAsync();
        await store.Cluster!.UpAsync();
        await PushAsync(store, store.Client, 20, 0);
        Assert.Equal(20, await ReadAsync(store));
    }

    [Fact]
    public async Task A_full_cache_lets_keys_go_and_answers_as_before()
    {
        await using var store = await StartAsync();
        using var metrics = new RecordedMetrics((IMeterFactory)store.MeterScope);
        var rows = Enumerable.Range(0, 1_000).Select(i => ($"A{i}", $"B{i}", (DateTimeOffset?)null)).ToArray();
        await store.PushAsync([.. rows.Select(row => new Flights.Event("landings", store.Time.GetUtcNow(), row.Item1, row.Item2, 7))]);
        for (var round = 0; round < 2; round++)
        {
            Assert.All(await store.ReadAsync(rows), row => Assert.Equal(7, row[Mean].Value));
        }
        await Eventually.TrueAsync("evictions to be counted", () => metrics.Sum("ml.feature.cache.evictions") > 0);
    }

    [Fact]
    public async Task Replicas_that_write_and_read_at_once_end_with_what_was_written()
    {
        await using var store = await StartAsync();
        var writer = await store.AddReplicaAsync();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await PushAsync(store, writer, i % 100, i);
            }
        }, TestContext.Current.CancellationToken);
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!writing.IsCompleted)
            {
                await ReadAsync(store);
            }
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll([writing, .. readers]);
        await Eventually.TrueAsync("the last write to be read", async () => await ReadAsync(store) == 49.5);
    }

    [Theory]
    [InlineData("Redis:CacheBytes", "999999")]
    [InlineData("Redis:CacheStalenessMilliseconds", "19")]
    [InlineData("Redis:Layout", "Feast")]
    public async Task A_cache_too_small_or_of_rows_that_others_write_is_refused(string key, string value) =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => Store.StartAsync([.. Cached, (key, value)]));

    private static async Task<Store> StartAsync(bool cluster = false)
    {
        var store = await Store.StartAsync(cluster, Cached);
        await KnownAsync(store);
        return store;
    }

    private static CachedOnlineStore Cache(Store store, IOnlineStore of) => new(
        of, store.Services.GetRequiredService<Invalidations>(), store.Services.GetRequiredService<IOptions<RedisOptions>>(), store.Services.GetRequiredService<FeatureStoreMetrics>(), store.Time);

    private static RedisKeys Keys(Store store) => store.Services.GetRequiredService<ServedRegistry>().Current.Keys;

    private static OnlineKey Atlanta(Store store) =>
        new(Flights.Registry.IndexOf(Flights.Registry.View("origin_outcomes")!), "ATL", (int)(store.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalDays);

    private static Task KnownAsync(Store store) => Eventually.TrueAsync("the channel to be heard", () =>
    {
        if (store.Services.GetRequiredService<Invalidations>().AreKnown(out _))
        {
            return true;
        }
        store.Time.Advance(TimeSpan.FromMilliseconds(250));
        return false;
    });

    private static async Task PushAsync(Store store, HttpClient to, int delay, int offset)
    {
        var (accepted, skipped) = await store.PushAsync([new("landings", new DateTimeOffset(2001, 4, 1, 12, 0, 0, TimeSpan.Zero), "ATL", "LAX", delay)], "radar", offset, to);
        Assert.Equal(1, accepted + skipped); // skipped when it had to be repeated
    }

    /// <summary>Writes what the replica has heard of when this is done: heard of later, it would end what was read in between.</summary>
    private static async Task PushAndHearAsync(Store store, RecordedMetrics metrics, int delay, int offset)
    {
        var heard = metrics.Sum("ml.feature.cache.invalidations");
        await PushAsync(store, store.Client, delay, offset);
        await Eventually.TrueAsync("the replica to hear of its own write", () => metrics.Sum("ml.feature.cache.invalidations") > heard);
    }

    private static async Task<double?> ReadAsync(Store store) => (await store.ReadAsync(("ATL", "LAX", null)))[0][Mean].Value;

    private static double Reads(RecordedMetrics metrics, string outcome) => metrics.Sum("ml.feature.cache.reads", ("ml.outcome", outcome));

    private static async Task DeleteAllAsync(Store store)
    {
        await using var redis = await store.ConnectAsync();
        await DeleteAllAsync(redis);
    }

    private static async Task DeleteAllAsync(ConnectionMultiplexer redis)
    {
        foreach (var key in redis.GetServers().SelectMany(server => server.Keys(pattern: "ft:*")))
        {
            await redis.GetDatabase().KeyDeleteAsync(key);
        }
    }

    /// <summary>One key, before which something happens.</summary>
    private sealed class OvertakenKeys(OnlineKey key, Action happens) : IReadOnlyCollection<OnlineKey>
    {
        public int Count => 1;

        public IEnumerator<OnlineKey> GetEnumerator()
        {
            happens();
            yield return key;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Its first read ends only when the gate is open.</summary>
    private sealed class GatedStore(IOnlineStore store) : IOnlineStore
    {
        public TaskCompletionSource HasRead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Reads { get; private set; }
        public bool HasPartitions => store.HasPartitions;
        public string StoreScript => store.StoreScript;
        public (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed) => store.Write(keys, key, packed);

        public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken)
        {
            var read = await store.ReadAsync(keys, asked, cancellationToken);
            if (asked.Count > 0)
            {
                Reads++;
            }
            HasRead.TrySetResult();
            await Open.Task;
            return read;
        }
    }
}
