using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>Reads rows and tiles: one MGET, whatever the number of rows, views and days.</summary>
internal sealed class RedisOnlineStore(RedisCommands redis)
{
    /// <summary>The bytes of every key, shape [keys]; empty where Redis has none.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellation)
    {
        if (asked.Count == 0) { return []; }
        var names = new RedisKey[asked.Count];
        var at = 0;
        foreach (var key in asked) { names[at++] = keys.Of(key); }
        var values = await redis.RunAsync(database => database.StringGetAsync(names), cancellation);
        return Array.ConvertAll(values, value => (byte[]?)value ?? []);
    }
}
