using System.Globalization;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The one script that changes tiles: it checks and advances the producer's next offset and adds the increments, or does nothing at all.</summary>
internal sealed class PushScript(FeatureRegistry registry, RedisCommands redis, RedisKeys keys)
{
    // A producer's next offset outlives every tile it has written: retention is at most this (FeatureViewCheck).
    private const int ProducerRetentionSeconds = 90 * 86_400;

    // KEYS: the producer's next offset, then the changed days. ARGV: offset of the first row (-1 = no producer), rows, seconds to keep the offset,
    // then for each day its seconds to live and its packed increments (slot, count, flagged: u16, sum: i32). A tile is 64 bits: u16, u16, i32.
    // BITFIELD gets at most 250 tiles at once because unpack() has a bound of some 8,000 values.
    private const string Script = """
        local first = tonumber(ARGV[1])
        if first >= 0 then
          local stored = tonumber(redis.call('GET', KEYS[1]) or '0')
          if stored > first then return stored end
          redis.call('SET', KEYS[1], string.format('%.0f', first + tonumber(ARGV[2])), 'EX', ARGV[3])
        end
        for k = 2, #KEYS do
          local packed = ARGV[2 * k + 1]
          local at = 1
          while at <= #packed do
            local call, n = {'BITFIELD', KEYS[k], 'OVERFLOW', 'SAT'}, 4
            local stop = math.min(#packed, at + 2499)
            while at <= stop do
              local slot, count, flagged, sum
              slot, count, flagged, sum, at = struct.unpack('>I2I2I2i4', packed, at)
              call[n + 1], call[n + 2], call[n + 3], call[n + 4] = 'INCRBY', 'u16', slot * 64, count
              n = n + 4
              if flagged > 0 then
                call[n + 1], call[n + 2], call[n + 3], call[n + 4] = 'INCRBY', 'u16', slot * 64 + 16, flagged
                n = n + 4
              end
              call[n + 1], call[n + 2], call[n + 3], call[n + 4] = 'INCRBY', 'i32', slot * 64 + 32, sum
              n = n + 4
            end
            redis.call(unpack(call, 1, n))
          end
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k])
        end
        return -1
        """;

    private readonly int[] retentionSeconds = [.. registry.Views.Select(view => (int)view.Retention.TotalSeconds)];

    /// <summary>Adds the rows from <paramref name="firstRow"/> on, exactly once where they have offsets.</summary>
    /// <returns>-1 = added; else the producer's next offset, which is past the first of these rows: nothing was added.</returns>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer. With offsets it is safe to push again.</exception>
    public async Task<long> RunAsync(PushedRows rows, int firstRow, CancellationToken cancellation)
    {
        var batch = new TileBatch(rows, firstRow);
        var names = new RedisKey[batch.KeyCount + 1];
        var arguments = new RedisValue[2 * batch.KeyCount + 3];
        names[0] = keys.Producer(rows.Offsets?.Producer ?? "");
        arguments[0] = rows.Offsets is { } offsets ? offsets.First + firstRow : -1;
        arguments[1] = rows.Count - firstRow;
        arguments[2] = ProducerRetentionSeconds;
        var at = 1;
        foreach (var (key, packed) in batch.Days)
        {
            names[at] = keys.Tiles(key);
            arguments[2 * at + 1] = retentionSeconds[key.View];
            arguments[2 * at + 2] = packed;
            at++;
        }
        return (long)await redis.RunAsync(database => database.ScriptEvaluateAsync(Script, names, arguments), cancellation);
    }

    /// <summary>Offset of the next row of the producer that will be counted; 0 when unknown.</summary>
    public async Task<long> NextOffsetAsync(string producer, CancellationToken cancellation)
    {
        var stored = await redis.RunAsync(database => database.StringGetAsync(keys.Producer(producer)), cancellation);
        return stored.IsNull ? 0 : long.Parse(stored.ToString(), CultureInfo.InvariantCulture);
    }
}
