using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Reads rows and tiles: one MGET, whatever the number of rows, views and days.</summary>
internal sealed class RedisOnlineStore(RedisCommands redis) : IOnlineStore
{
    public string StoreScript => """
        local function store(key, seconds, row)
          local stored = redis.call('GET', key)
          if stored and not newer(row, stored) then return false end
          redis.call('SET', key, row, 'EX', seconds)
          return true
        end
        """;

    public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellation)
    {
        if (asked.Count == 0) { return []; }
        var names = new RedisKey[asked.Count];
        var at = 0;
        foreach (var key in asked) { names[at++] = keys.Of(key); }
        var values = await redis.RunAsync(database => database.StringGetAsync(names), cancellation);
        return Array.ConvertAll(values, value => (byte[]?)value ?? []);
    }

    public (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed) => (keys.Of(key), packed);
}
