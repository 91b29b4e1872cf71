using System.Buffers.Binary;
using MlAspire.FeatureStore.Online;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Rows as Feast keeps them, one HMGET an entity and view, pipelined; tiles, which Feast does not have, as ever.</summary>
/// <remarks>As in Feast the first of two rows with one event time stays, a row lives as long as the entity's longest retention, or for ever where Feast keeps the entity so, and the definition is not in the key: a value of another type is unreadable. Event times before 1970 count as one.</remarks>
internal sealed class FeastOnlineStore(RedisCommands redis, RedisOnlineStore tiles) : IOnlineStore
{
    /// <summary>An entity's slot is that of Feast's key.</summary>
    public bool HasPartitions => false;

    /// <summary>The row is u32 length and bytes of: each field and its value, the last of them the event time. A hash that was there and has no expiry is Feast's to keep.</summary>
    public string StoreScript => """
        local function varint(text, at)
          local value, factor = 0, 1
          repeat
            local b = string.byte(text, at) or 0
            value, factor, at = value + (b % 128) * factor, factor * 128, at + 1
          until b < 128
          return value, at
        end
        local function moment(timestamp)
          local seconds, nanoseconds, at = 0, 0, 1
          while at <= #timestamp do
            local tag, value
            tag, at = varint(timestamp, at)
            value, at = varint(timestamp, at)
            if tag == 8 then seconds = value elseif tag == 16 then nanoseconds = value end
          end
          if seconds >= 2 ^ 63 then return -1, 0 end
          return seconds, nanoseconds
        end
        local function store(key, seconds, row)
          local parts, at = {}, 1
          while at <= #row do
            local length
            length, at = struct.unpack('>I4', row, at)
            parts[#parts + 1] = string.sub(row, at, at + length - 1)
            at = at + length
          end
          local stored = redis.call('HGET', key, parts[#parts - 1])
          if stored then
            local s, n = moment(stored)
            local given, part = moment(parts[#parts])
            if given < s or (given == s and part <= n) then return false end
          end
          local left = redis.call('TTL', key)
          for i = 1, #parts, 2 do redis.call('HSET', key, parts[i], parts[i + 1]) end
          if left == -2 or (left >= 0 and left < tonumber(seconds)) then redis.call('EXPIRE', key, seconds) end
          return true
        end
        """;

    public async Task<byte[][]> ReadAsync(RedisKeys keys, IReadOnlyCollection<OnlineKey> asked, CancellationToken cancellationToken)
    {
        OnlineKey[] tileKeys = [.. asked.Where(key => keys.Feast(key.View) is null)];
        OnlineKey[] rowKeys = [.. asked.Where(key => keys.Feast(key.View) is not null)];
        var (days, rows) = (tiles.ReadAsync(keys, tileKeys, cancellationToken), Array.ConvertAll(rowKeys, key => ReadRowAsync(keys, key, cancellationToken)));
        var read = tileKeys.Zip(await days).Concat(rowKeys.Zip(await Task.WhenAll(rows))).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. asked.Select(key => read[key])];
    }

    public (RedisKey Key, byte[] Row) Write(RedisKeys keys, OnlineKey key, byte[] packed)
    {
        var layout = keys.Feast(key.View)!;
        var parts = layout.Fields.Zip(layout.Encode(packed)).SelectMany(pair => new[] { pair.First, pair.Second }).ToArray();
        var row = new byte[parts.Sum(part => sizeof(uint) + part.Length)];
        var at = row.AsSpan();
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(at, part.Length);
            part.CopyTo(at[sizeof(uint)..]);
            at = at[(sizeof(uint) + part.Length)..];
        }
        return (layout.Key(key.Entity), row);
    }

    private async Task<byte[]> ReadRowAsync(RedisKeys keys, OnlineKey key, CancellationToken cancellationToken)
    {
        var layout = keys.Feast(key.View)!;
        RedisValue[] fields = [.. layout.Fields.Select(field => (RedisValue)field)];
        var values = await redis.RunAsync(database => database.HashGetAsync(layout.Key(key.Entity), fields), cancellationToken);
        return layout.Decode(Array.ConvertAll(values, value => (byte[]?)value));
    }
}
