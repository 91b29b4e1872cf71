namespace MlAspire.FeatureStore.Tests;

/// <summary>What a Redis, or a cluster, had at a moment, to which it may be set back.</summary>
internal sealed class RedisSnapshot
{
    private readonly Dictionary<string, (byte[] Value, TimeSpan? Lives)> keys = new(StringComparer.Ordinal);

    public static async Task<RedisSnapshot> OfAsync(Store store)
    {
        await using var redis = await store.ConnectAsync();
        var (snapshot, database) = (new RedisSnapshot(), redis.GetDatabase());
        foreach (var key in redis.GetServers().SelectMany(server => server.Keys()).Distinct())
        {
            snapshot.keys[$"{key}"] = ((await database.KeyDumpAsync(key))!, await database.KeyTimeToLiveAsync(key));
        }
        return snapshot;
    }

    /// <summary>Keys of two moments.</summary>
    public RedisSnapshot With(RedisSnapshot other, Func<string, bool> ofOther)
    {
        var mixed = new RedisSnapshot();
        foreach (var (key, value) in keys.Where(key => !ofOther(key.Key)).Concat(other.keys.Where(key => ofOther(key.Key))))
        {
            mixed.keys[key] = value;
        }
        return mixed;
    }

    /// <summary>These keys and no others.</summary>
    public async Task RestoreAsync(Store store)
    {
        await using var redis = await store.ConnectAsync();
        foreach (var server in redis.GetServers())
        {
            await server.FlushAllDatabasesAsync();
        }
        foreach (var (key, (value, lives)) in keys)
        {
            await redis.GetDatabase().KeyRestoreAsync(key, value, lives);
        }
    }
}
