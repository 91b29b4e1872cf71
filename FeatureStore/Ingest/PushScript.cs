using MlAspire.FeatureStore.Cache;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The one script that writes features: it checks and counts the producer's offsets, adds to tiles and replaces older rows, or does nothing at all.</summary>
/// <remarks>In a cluster it does so for each partition, with what is counted of the producer in that partition. Of all partitions that is said (<see cref="CountAsync"/>) when each has written.</remarks>
internal sealed class PushScript(RedisCommands redis, IOnlineStore store, Invalidations invalidations)
{
    // A producer's offsets outlive every tile it has written: retention is at most this (FeatureViewCheck).
    private const int ProducerRetentionSeconds = 90 * 86_400;

    // Which offsets of a producer are counted: 'from-to from-to', as CountedOffsets has them. A number alone, as it once was, is where the only range ends.
    private const string Ranges = """
        local function read(key)
          local ranges, text = {}, redis.call('GET', key) or ''
          if string.find(text, '^%d+$') then text = '0-' .. text end
          for from, to in string.gmatch(text, '(%d+)-(%d+)') do ranges[#ranges + 1] = {tonumber(from), tonumber(to)} end
          return ranges, text
        end
        local function add(ranges, from, to)
          if from >= to then return end
          local at = 1
          while ranges[at] and ranges[at][2] < from do at = at + 1 end
          while ranges[at] and ranges[at][1] <= to do
            local touched = table.remove(ranges, at)
            from, to = math.min(from, touched[1]), math.max(to, touched[2])
          end
          table.insert(ranges, at, {from, to})
        end
        local function keep(key, ranges, most, seconds)
          local closed, text = 0, {}
          while #ranges > most do
            ranges[2][1] = table.remove(ranges, 1)[1]
            closed = closed + 1
          end
          for i, range in ipairs(ranges) do text[i] = string.format('%.0f-%.0f', range[1], range[2]) end
          redis.call('SET', key, table.concat(text, ' '), 'EX', seconds)
          return closed
        end
        """;

    // KEYS: the producer's offsets (without a producer any key of the others' slot), then the changed days, then those of maxima, then hours of event ids, then up to where the log is applied (one key or none), then the rows. ARGV: offset of the first row (-1 = no producer) and behind the last, the same of what is known to be counted before, most ranges of offsets, seconds to keep them,
    // days, days of maxima, hours of event ids, positions in the log, channel and message that tell what was written, then for each key its seconds to live and: for a day its packed increments (slot, count, flagged: u16, sum: i32), of maxima its packed maxima (offset: u32, width: u8, bytes), of an hour its ids (16 bytes each), of the log its sequence and the one that must be known, for a row its bytes. A tile is 64 bits: u16, u16, i32.
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

    // SMISMEMBER or SADD of at most 4,000 ids at once.
    private const string Ids = """
        local function ids(command, key, packed, at)
          local call, n = {command, key}, 2
          for id = at, math.min(#packed, at + 63999), 16 do
            n = n + 1
            call[n] = string.sub(packed, id, id + 15)
          end
          return redis.call(unpack(call, 1, n))
        end
        """;

    // A log that is applied again from its beginning is not less applied than it was. Who knows less of it than was told has lost something.
    private const string Applied = """
        local function lost(key, must) return tonumber(redis.call('GET', key) or 0) < tonumber(must) end
        local function applied(key, sequence, seconds)
          if tonumber(redis.call('GET', key) or 0) <= tonumber(sequence) then redis.call('SET', key, sequence, 'EX', seconds) end
        end
        """;

    private const string Apply = """
        local first, last, closed, ranges = tonumber(ARGV[1]), tonumber(ARGV[2]), 0, nil
        local days, maxima, hours, logs = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
        local notes = {}
        for k = days + maxima + hours + 2, days + maxima + hours + logs + 1 do
          local sequence, must = string.match(ARGV[2 * k + 10], '(%d+) (%d+)')
          if lost(KEYS[k], must) then return {'lost', 0, 0} end
          notes[k] = sequence
        end
        local function logged()
          for k, sequence in pairs(notes) do applied(KEYS[k], sequence, ARGV[2 * k + 9]) end
        end
        if first >= 0 then
          local text
          ranges, text = read(KEYS[1])
          for _, range in ipairs(ranges) do
            if range[1] < last and range[2] > first then
              if range[1] <= first and range[2] >= last then logged() end
              return {text, 0, 0}
            end
          end
        end
        local repeated, place = {}, 0
        for k = days + maxima + 2, days + maxima + hours + 1 do
          local packed = ARGV[2 * k + 10]
          for at = 1, #packed, 64000 do
            for _, known in ipairs(ids('SMISMEMBER', KEYS[k], packed, at)) do
              if known == 1 then repeated[#repeated + 1] = place end
              place = place + 1
            end
          end
        end
        if #repeated > 0 then return {'', 0, 0, repeated} end
        if first >= 0 then
          add(ranges, tonumber(ARGV[3]), tonumber(ARGV[4]))
          add(ranges, first, last)
          closed = keep(KEYS[1], ranges, tonumber(ARGV[5]), ARGV[6])
        end
        for k = 2, days + 1 do
          local packed = ARGV[2 * k + 10]
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
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k + 9])
        end
        for k = days + 2, days + maxima + 1 do
          local packed, at = ARGV[2 * k + 10], 1
          while at <= #packed do
            local offset, width
            offset, width, at = struct.unpack('>I4B', packed, at)
            local value = string.sub(packed, at, at + width - 1)
            at = at + width
            if newer(value, redis.call('GETRANGE', KEYS[k], offset, offset + width - 1)) then redis.call('SETRANGE', KEYS[k], offset, value) end
          end
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k + 9])
        end
        for k = days + maxima + 2, days + maxima + hours + 1 do
          for at = 1, #ARGV[2 * k + 10], 64000 do ids('SADD', KEYS[k], ARGV[2 * k + 10], at) end
          redis.call('EXPIRE', KEYS[k], ARGV[2 * k + 9])
        end
        local stale = 0
        for k = days + maxima + hours + logs + 2, #KEYS do
          if not store(KEYS[k], ARGV[2 * k + 9], ARGV[2 * k + 10]) then stale = stale + 1 end
        end
        logged()
        redis.pcall('PUBLISH', ARGV[11], ARGV[12])
        return {'', stale, closed}
        """;

    // KEYS: the producer's offsets. ARGV: the first and behind the last, the same of what is known to be counted before, most ranges, seconds to keep them.
    private const string Count = """
        local ranges, text = read(KEYS[1])
        add(ranges, tonumber(ARGV[3]), tonumber(ARGV[4]))
        add(ranges, tonumber(ARGV[1]), tonumber(ARGV[2]))
        keep(KEYS[1], ranges, tonumber(ARGV[5]), ARGV[6])
        return text
        """;

    // What a script answers instead of anything else when a note is lost: then it has written nothing.
    private const string Lost = "lost";

    private readonly string script = string.Join('\n', Ranges, Newer, store.StoreScript, Ids, Applied, Apply);
    private readonly string count = string.Join('\n', Ranges, Count);
    private readonly string note = string.Join('\n', Applied, $"if lost(KEYS[1], ARGV[3]) then return '{Lost}' end", "applied(KEYS[1], ARGV[1], ARGV[2])");

    /// <summary>The batch in pieces that <see cref="RunAsync"/> can write: whole, or, for a cluster, what goes to each of its slots.</summary>
    public IEnumerable<WriteBatch> Pieces(WriteBatch batch)
    {
        if (!redis.IsCluster)
        {
            return [batch];
        }
        if (store.HasPartitions)
        {
            return batch.Partitions();
        }
        // Rows need no offset: the order of their event times makes a repetition harmless.
        return [.. (batch with { Rows = [] }).Partitions(), .. batch.Rows.Select(row => batch with { Offsets = null, Log = null, Days = [], Maxima = [], EventIds = null, Rows = [row] })];
    }

    /// <summary>Writes a batch, or a piece of one, exactly once where it has offsets.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer. With offsets, and for rows, it is safe to write again.</exception>
    /// <exception cref="LostNoteException">It does not know what it must of the log.</exception>
    public async Task<WriteResult> RunAsync(WriteBatch batch, CancellationToken cancellationToken)
    {
        if (batch.IsEmpty)
        {
            return new WriteResult(null, [], 0, 0);
        }
        var written = Invalidations.Message(batch.Days.Concat(batch.Rows).Select(write => write.Key.Entity));
        List<EventIdWrite> hours = [.. batch.EventIds?.In(batch.Partition) ?? []];
        var (names, arguments) = Call(batch, hours, written);
        var result = (RedisResult[])(await redis.RunAsync(database => database.ScriptEvaluateAsync(script, names, arguments), cancellationToken))!;
        if ((string)result[0]! is { Length: > 0 } counted)
        {
            if (counted == Lost)
            {
                throw new LostNoteException();
            }
            return new WriteResult(CountedOffsets.Parse(counted), [], 0, 0);
        }
        if (result.Length > 3)
        {
            return new WriteResult(null, Rows(hours, (int[])result[3]!), 0, 0);
        }
        invalidations.Note(written);
        return new WriteResult(null, [], batch.Rows.Sum(row => row.Superseded) + (int)result[1], (int)result[2]);
    }

    /// <summary>The script's KEYS and ARGV; a key of the batch's slot comes first, the offsets' where there are some.</summary>
    private (RedisKey[] Names, RedisValue[] Arguments) Call(WriteBatch batch, List<EventIdWrite> hours, byte[] written)
    {
        List<RedisKey> names = batch.Offsets is { } offsets ? [batch.Keys.Offsets(offsets.Producer, batch.Partition)] : [];
        List<RedisValue> arguments = [.. Counted(batch.Offsets, batch.Count), batch.Days.Count, batch.Maxima.Count, hours.Count, batch.Logged is null ? 0 : 1, batch.Keys.Invalidations, written];
        void Add(RedisKey name, int seconds, RedisValue packed)
        {
            if (names.Count == 0)
            {
                names.Add(name);
            }
            names.Add(name);
            arguments.Add(seconds);
            arguments.Add(packed);
        }
        foreach (var (key, packed, _) in batch.Days.Concat(batch.Maxima))
        {
            Add(batch.Keys.Of(key), batch.Keys.RetentionSeconds(key.View), packed);
        }
        foreach (var hour in hours)
        {
            Add(batch.Keys.EventIds(hour.Source, hour.Hour, batch.Partition), (int)hour.KeptFor.TotalSeconds, hour.Packed);
        }
        if (batch.Logged is { } log)
        {
            Add(batch.Keys.Applied(log), ProducerRetentionSeconds, $"{log.Next} {batch.Must}");
        }
        foreach (var (key, packed, _) in batch.Rows)
        {
            var (name, row) = store.Write(batch.Keys, key, packed);
            Add(name, batch.Keys.RetentionSeconds(key.View), row);
        }
        return ([.. names], [.. arguments]);
    }

    private static int[] Rows(List<EventIdWrite> hours, int[] places)
    {
        int[] rows = [.. hours.SelectMany(hour => hour.Rows)];
        return Array.ConvertAll(places, place => rows[place]);
    }

    /// <summary>Counts the offsets of a push that all partitions of a cluster have, whose pieces cannot do it.</summary>
    /// <returns>What was counted before.</returns>
    public async Task<CountedOffsets> CountAsync(RedisKeys keys, Offsets offsets, int rows, CancellationToken cancellationToken) =>
        CountedOffsets.Parse((string)(await redis.RunAsync(database => database.ScriptEvaluateAsync(count, [keys.Offsets(offsets.Producer, null)], Counted(offsets, rows)), cancellationToken))!);

    /// <summary>Notes up to where a log is applied to all partitions of a cluster.</summary>
    /// <param name="must">Up to where they must know that it was applied before.</param>
    /// <exception cref="LostNoteException">They do not.</exception>
    public async Task NoteAsync(RedisKeys keys, LogPosition log, long must, CancellationToken cancellationToken)
    {
        if ((string?)await redis.RunAsync(database => database.ScriptEvaluateAsync(note, [keys.Applied(log)], [log.Next, ProducerRetentionSeconds, must]), cancellationToken) == Lost)
        {
            throw new LostNoteException();
        }
    }

    /// <summary>Up to where a log is applied, as Redis knows; 0 when it does not.</summary>
    public async Task<long> AppliedAsync(RedisKeys keys, LogPosition log, CancellationToken cancellationToken) =>
        (long)await redis.RunAsync(database => database.StringGetAsync(keys.Applied(log)), cancellationToken);

    /// <summary>What is counted of a producer.</summary>
    /// <param name="partition">In one partition of a cluster; null = in all.</param>
    public async Task<CountedOffsets> CountedAsync(RedisKeys keys, string producer, int? partition, CancellationToken cancellationToken) =>
        CountedOffsets.Parse((await redis.RunAsync(database => database.StringGetAsync(keys.Offsets(producer, partition)), cancellationToken)).ToString());

    private static RedisValue[] Counted(Offsets? offsets, int rows) =>
        offsets is { First: var first, Before: var before } ? [first, first + rows, before.From, before.To, CountedOffsets.MaxRanges, ProducerRetentionSeconds] : [-1, -1, 0, 0, 0, 0];
}
