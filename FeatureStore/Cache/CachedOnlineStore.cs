using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Online;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Cache;

/// <summary>Keeps in memory what was read, until it is written: never answers with what was replaced longer ago than <see cref="RedisOptions.CacheStalenessMilliseconds"/>.</summary>
/// <remarks>What is kept has the stamp of before it was read, so that a read that a write overtook keeps what nobody gets. While writes are not known (<see cref="Invalidations.AreKnown"/>) everything is read from Redis.</remarks>
internal sealed class CachedOnlineStore(IOnlineStore store, Invalidations invalidations, IOptions<RedisOptions> options, FeatureStoreMetrics metrics, TimeProvider time) : IOnlineStore, IDisposable
{
    // What Redis has let expire is gone here so much later.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // What a value takes beside its bytes: two objects, the key, the cache's entry.
    private const int OverheadBytes = 300;

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = options.Value.CacheBytes });

    public bool HasPartitions => store.HasPartitions;

    public string StoreScript => store.StoreScript;

    public (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed) => store.Write(keys, key, packed);

    public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken)
    {
        if (!invalidations.AreKnown(out var breaks))
        {
            metrics.CacheBypassed(asked.Count);
            return await store.ReadAsync(keys, asked, cancellationToken);
        }
        var bytes = new byte[asked.Count][];
        var missing = new List<(int At, OnlineKey Key, Stamp Stamp)>();
        foreach (var (at, key) in asked.Index())
        {
            var stamp = invalidations.StampOf(key.Entity, breaks);
            if (cache.TryGetValue((keys, key), out Kept? kept) && kept!.Stamp == stamp && time.GetElapsedTime(kept.ReadAt) < Lifetime)
            {
                bytes[at] = kept.Bytes;
            }
            else
            {
                missing.Add((at, key, stamp));
            }
        }
        metrics.CacheRead(asked.Count - missing.Count, missing.Count);
        var read = await store.ReadAsync(keys, missing.ConvertAll(miss => miss.Key), cancellationToken);
        foreach (var ((at, key, stamp), value) in missing.Zip(read))
        {
            bytes[at] = value;
            Keep((keys, key), new Kept(value, stamp, time.GetTimestamp()));
        }
        return bytes;
    }

    public void Dispose() => cache.Dispose();

    private void Keep((RedisKeys, OnlineKey Key) key, Kept kept)
    {
        using var entry = cache.CreateEntry(key);
        entry.Size = OverheadBytes + sizeof(char) * key.Key.Entity.Length + kept.Bytes.Length;
        entry.Value = kept;
        entry.RegisterPostEvictionCallback(Evicted, metrics);
    }

    private static void Evicted(object key, object? value, EvictionReason reason, object? state)
    {
        if (reason == EvictionReason.Capacity)
        {
            ((FeatureStoreMetrics)state!).CacheEvicted();
        }
    }

    private sealed record Kept(byte[] Bytes, Stamp Stamp, long ReadAt);
}
