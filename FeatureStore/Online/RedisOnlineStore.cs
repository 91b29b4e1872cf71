using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Reads rows and tiles: one MGET, whatever the number of rows, views and days; of a cluster one MGET a partition, at once.</summary>
internal sealed class RedisOnlineStore(RedisCommands redis) : IOnlineStore
{
    public bool HasPartitions => true;

    public string StoreScript => """
        local function store(key, seconds, row)
          local stored = redis.call('GET', key)
          if stored and not newer(row, stored) then return false end
          redis.call('SET', key, row, 'EX', seconds)
          return true
        end
        """;

    public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken)
    {
        if (asked.Count == 0)
        {
            return [];
        }
        if (redis.IsCluster)
        {
            return await ReadPartitionsAsync(keys, asked, cancellationToken);
        }
        var names = new RedisKey[asked.Count];
        var at = 0;
        foreach (var key in asked)
        {
            names[at++] = keys.Of(key);
        }
        var values = await redis.RunAsync(database => database.StringGetAsync(names), cancellationToken);
        return Array.ConvertAll(values, value => (byte[]?)value ?? []);
    }

    public (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed) => (keys.Of(key), packed);

    private async Task<byte[][]> ReadPartitionsAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken)
    {
        var bytes = new byte[asked.Count][];
        await Task.WhenAll(asked.Index().GroupBy(key => RedisKeys.Partition(key.Item.Entity)).Select(async partition =>
        {
            RedisKey[] names = [.. partition.Select(key => keys.Of(key.Item))];
            var values = await redis.RunAsync(database => GetAsync(database, names), cancellationToken);
            foreach (var ((at, _), value) in partition.Zip(values))
            {
                bytes[at] = (byte[]?)value ?? [];
            }
        }));
        return bytes;
    }

    private static async Task<RedisValue[]> GetAsync(IDatabase database, RedisKey[] names)
    {
        try
        {
            return await database.StringGetAsync(names);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("TRYAGAIN", StringComparison.Ordinal))
        {
            // The slot is being moved: some of its keys are there already, and a command for one key is sent after it.
            return await Task.WhenAll(names.Select(name => database.StringGetAsync(name)));
        }
    }
}
