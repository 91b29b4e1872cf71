using System.Globalization;
using MlAspire.FeatureStore.Cache;
using MlAspire.FeatureStore.Online;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The one script that writes features: it checks and advances the producer's next offset, adds to tiles and replaces older rows, or does nothing at all.</summary>
/// <remarks>In a cluster it does so for each partition, with the producer's next offset in that partition. That of all partitions (<see cref="AdvanceAsync"/>) is behind until each has written.</remarks>
internal sealed class PushScript(RedisCommands redis, IOnlineStore store, Invalidations invalidations)
{
    // A producer's next offset outlives every tile it has written: retention is at most this (FeatureViewCheck).
    private const int ProducerRetentionSeconds = 90 * 86_400;

    // KEYS: the producer's next offset (without a producer any key of the others' slot), then the changed days, then those of maxima, then the rows. ARGV: offset of the first row (-1 = no producer), rows, seconds to keep the offset, days, days of maxima, channel and message that tell what was written,
    // then for each key its seconds to live and: for a day its packed increments (slot, count, flagged: u16, sum: i32), of maxima its packed maxima (offset: u32, width: u8, bytes), for a row its bytes. A tile is 64 bits: u16, u16, i32.
    // BITFIELD gets at most 250 tiles at once because unpack() has a bound of some 8,000 values. A maximum and a row (RowLayout) replace one of lesser bytes; strings are not compared
    // with '<' because Lua does that in the server's locale. A user that may not publish keeps no caches: their beats do not come back either.
    private const string Newer = """
        local function newer(row, than)
          for i = 1, math.min(#row, #than) do
            local a, b = string.byte(row, i), string.byte(than, i)
            if a ~= b then return a > b end
          end
          return #row > #than
        end
        """;

    private const string Apply = """
        local first = tonumber(ARGV[1])
        if first >= 0 then
          local stored = tonumber(redis.call('GET', KEYS[1]) or '0')
          if stored > first then return {stored, 0} end
          redis.call('SET', KEYS[1], string.format('%.0f', first + tonumber(ARGV[2])), 'EX', ARGV[3])
        end
        local days, maxima = tonumber(ARGV[4]), tonumber(ARGV[5])
        for k = 2, days + 1 do
          local packed = ARGV[2 * k + 5]
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
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k + 4])
        end
        for k = days + 2, days + maxima + 1 do
          local packed, at = ARGV[2 * k + 5], 1
          while at <= #packed do
            local offset, width
            offset, width, at = struct.unpack('>I4B', packed, at)
            local value = string.sub(packed, at, at + width - 1)
            at = at + width
            if newer(value, redis.call('GETRANGE', KEYS[k], offset, offset + width - 1)) then redis.call('SETRANGE', KEYS[k], offset, value) end
          end
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k + 4])
        end
        local stale = 0
        for k = days + maxima + 2, #KEYS do
          if not store(KEYS[k], ARGV[2 * k + 4], ARGV[2 * k + 5]) then stale = stale + 1 end
        end
        redis.pcall('PUBLISH', ARGV[6], ARGV[7])
        return {-1, stale}
        """;

    // KEYS: a producer's next offset. ARGV: what it shall be at least, seconds to keep it.
    private const string Advance = """
        local stored = tonumber(redis.call('GET', KEYS[1]) or '0')
        if stored < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
        return stored
        """;

    private readonly string script = string.Join('\n', Newer, store.StoreScript, Apply);

    /// <summary>The batch in pieces that <see cref="RunAsync"/> can write: whole, or, for a cluster, what goes to each of its slots.</summary>
    public IEnumerable<WriteBatch> Pieces(WriteBatch batch)
    {
        if (!redis.IsCluster) { return [batch]; }
        if (store.HasPartitions) { return batch.Partitions(); }
        // Rows need no offset: the order of their event times makes a repetition harmless.
        return [.. (batch with { Rows = [] }).Partitions(), .. batch.Rows.Select(row => batch with { Offsets = null, Days = [], Maxima = [], Rows = [row] })];
    }

    /// <summary>Writes a batch, or a piece of one, exactly once where it has offsets.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer. With offsets, and for rows, it is safe to write again.</exception>
    public async Task<WriteResult> RunAsync(WriteBatch batch, CancellationToken cancellation)
    {
        var written = Invalidations.Message(batch.Days.Concat(batch.Rows).Select(write => write.Key.Entity));
        List<RedisKey> names = batch.Offsets is { } offsets ? [batch.Keys.Offset(offsets.Producer, batch.Partition)] : [];
        List<RedisValue> arguments = [batch.Offsets?.First ?? -1, batch.Count, ProducerRetentionSeconds, batch.Days.Count, batch.Maxima.Count, batch.Keys.Invalidations, written];
        void Add(OnlineKey key, RedisKey name, byte[] packed)
        {
            if (names.Count == 0) { names.Add(name); }
            names.Add(name);
            arguments.Add(batch.Keys.RetentionSeconds(key.View));
            arguments.Add(packed);
        }
        foreach (var (key, packed, _) in batch.Days.Concat(batch.Maxima)) { Add(key, batch.Keys.Of(key), packed); }
        foreach (var (key, packed, _) in batch.Rows)
        {
            var (name, row) = store.Write(batch.Keys, key, packed);
            Add(key, name, row);
        }
        var result = (long[])(await redis.RunAsync(database => database.ScriptEvaluateAsync(script, [.. names], [.. arguments]), cancellation))!;
        invalidations.Note(written);
        return new WriteResult(result[0], batch.Rows.Sum(row => row.Superseded) + (int)result[1]);
    }

    /// <summary>Makes a producer's next offset at least <paramref name="next"/>, in a cluster, whose pieces cannot do it.</summary>
    /// <returns>What it was.</returns>
    public async Task<long> AdvanceAsync(RedisKeys keys, string producer, long next, CancellationToken cancellation) =>
        (long)await redis.RunAsync(database => database.ScriptEvaluateAsync(Advance, [keys.Offset(producer, null)], [next, ProducerRetentionSeconds]), cancellation);

    /// <summary>Offset of the next row of the producer that will be counted; 0 when unknown.</summary>
    /// <param name="partition">In one partition of a cluster; null = in all.</param>
    public async Task<long> NextOffsetAsync(RedisKeys keys, string producer, int? partition, CancellationToken cancellation)
    {
        var stored = await redis.RunAsync(database => database.StringGetAsync(keys.Offset(producer, partition)), cancellation);
        return stored.IsNull ? 0 : long.Parse(stored.ToString(), CultureInfo.InvariantCulture);
    }
}
