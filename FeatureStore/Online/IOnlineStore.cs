using StackExchange.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>How rows are kept in Redis, beside the tiles. To everything else a row is the bytes of <see cref="Rows.RowLayout"/>.</summary>
internal interface IOnlineStore
{
    /// <summary>The bytes of every key, shape [keys]; empty where Redis has none.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken);

    /// <summary>Whether the rows of a partition (<see cref="RedisKeys.Partition"/>) are in one slot of a cluster, as its tiles are.</summary>
    bool HasPartitions { get; }

    /// <summary>Lua function <c>store(key, seconds, row)</c>: writes the row, to live so long, and returns true when it is newer than what is stored; may use <c>newer(bytes, than)</c>.</summary>
    string StoreScript { get; }

    /// <summary>What the function gets for a row.</summary>
    (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed);
}
