using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Files;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Quarantine;

/// <summary>Rows that could not be taken, in Redis, until somebody has looked: at most <see cref="MaxRows"/>, a repeated one once. Where a log is kept they are in it too, and come back from it but for those from before it was last emptied.</summary>
/// <remarks>When that was is in Redis, for all replicas, and in the file <c>quarantine.emptied</c> beside the log of each that has heard of it, for a Redis that lost it. The later one holds, so that replicas may tell in any order.</remarks>
internal sealed class RowQuarantine(RedisCommands redis, IOptions<OfflineOptions> offline, TimeProvider time)
{
    /// <summary>With more, pushes that would add to it are refused as Overloaded.</summary>
    public const int MaxRows = 1_000;

    private const int MaxRowCharacters = 4_096;

    // Field of the hash that is no row: when it was last emptied, microseconds since 1970, decimal.
    private const string Emptied = "";

    // KEYS: the quarantine, a hash. ARGV: most rows, then of each row when it was set aside (microseconds since 1970), name and JSON. A name is a producer and offset, or a hash of the row, so that a push that is sent again changes nothing.
    private const string AddScript = """
        local emptied = tonumber(redis.call('HGET', KEYS[1], '') or 0)
        local rows = redis.call('HLEN', KEYS[1]) - redis.call('HEXISTS', KEYS[1], '')
        local fresh = {}
        for i = 2, #ARGV, 3 do
          if tonumber(ARGV[i]) > emptied and redis.call('HEXISTS', KEYS[1], ARGV[i + 1]) == 0 then fresh[#fresh + 1] = i end
        end
        if rows + #fresh > tonumber(ARGV[1]) then return 0 end
        for _, i in ipairs(fresh) do redis.call('HSETNX', KEYS[1], ARGV[i + 1], ARGV[i + 2]) end
        return 1
        """;

    // KEYS: the quarantine. ARGV: when it was emptied, then the names of the rows that were set aside until then.
    private const string EmptyScript = """
        if tonumber(redis.call('HGET', KEYS[1], '') or 0) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], '', ARGV[1]) end
        for i = 2, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
        return 1
        """;

    /// <summary>Rows of a push as they are set aside, by row.</summary>
    /// <param name="poison">What is wrong, by row.</param>
    public Dictionary<int, QuarantineEntry> Entries(PushRequest request, IReadOnlyDictionary<int, string> poison) => poison.ToDictionary(wrong => wrong.Key, wrong =>
    {
        var row = request.Df!.ToDictionary(column => column.Key, column => column.Value[wrong.Key]);
        var offset = request.Offset + wrong.Key;
        var aside = new QuarantinedRow(request.PushSourceName!, request.Producer, offset, wrong.Value, time.GetUtcNow(), row.Values.Sum(Characters) <= MaxRowCharacters ? row : null);
        return new QuarantineEntry(request.Producer is null ? Hash(request.PushSourceName!, row) : $"{request.Producer}:{offset}", Json(aside));
    });

    /// <summary>Names a row that has no offset by its source and what it says, so that a push that is sent again changes nothing.</summary>
    private static string Hash(string source, Dictionary<string, JsonElement> row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }
        Add(Encoding.UTF8.GetBytes(source));
        foreach (var (column, value) in row.OrderBy(column => column.Key, StringComparer.Ordinal))
        {
            Add(Encoding.UTF8.GetBytes(column));
            Add(JsonMarshal.GetRawUtf8Value(value));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Sets rows aside.</summary>
    /// <exception cref="ServiceError">Overloaded: it is full. Unavailable: Redis does not answer.</exception>
    public async Task AddAsync(RedisKeys keys, IReadOnlyCollection<QuarantineEntry> entries, CancellationToken cancellationToken)
    {
        if (!await TryAddAsync(keys, entries.Select(entry => (long.MaxValue, entry)), cancellationToken))
        {
            throw new ServiceError(ErrorCode.Overloaded, $"The quarantine has {MaxRows} rows: look at them (GET /v1/quarantine), and empty it (DELETE).");
        }
    }

    /// <summary>Sets logged rows aside that Redis may have lost, unless it was emptied since, or is full.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task RestoreAsync(RedisKeys keys, IEnumerable<QuarantineEntry> entries, CancellationToken cancellationToken)
    {
        if (EmptiedFile is not null)
        {
            await TryAddAsync(keys, entries.Select(entry => (RowLayout.Microseconds(Row(entry.Json).QuarantinedAt), entry)), cancellationToken);
        }
    }

    /// <summary>Tells a Redis that may have lost it, or learns from it, when the quarantine was last emptied. Rows from before that which others have given back go.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task RecallAsync(RedisKeys keys, CancellationToken cancellationToken)
    {
        if (EmptiedFile is not { } file)
        {
            return;
        }
        var known = File.Exists(file) ? RowLayout.Microseconds(DateTimeOffset.Parse(await File.ReadAllTextAsync(file, cancellationToken), CultureInfo.InvariantCulture)) : 0;
        var stored = (long)await redis.RunAsync(database => database.HashGetAsync(keys.Quarantine, Emptied), cancellationToken);
        if (known > stored)
        {
            await EmptyAsync(keys, await AllAsync(keys, cancellationToken), known, cancellationToken);
        }
        else if (stored > known)
        {
            Note(stored);
        }
    }

    private string? EmptiedFile => offline.Value.Directory.Length > 0 ? Path.Combine(offline.Value.Directory, "quarantine.emptied") : null;

    /// <param name="entries">Each with when it was set aside.</param>
    private async Task<bool> TryAddAsync(RedisKeys keys, IEnumerable<(long At, QuarantineEntry Entry)> entries, CancellationToken cancellationToken) =>
        (bool)await redis.RunAsync(database => database.ScriptEvaluateAsync(AddScript, [keys.Quarantine], [MaxRows, .. entries.SelectMany(row => new RedisValue[] { row.At, row.Entry.Name, row.Entry.Json })]), cancellationToken);

    private static QuarantinedRow Row(string json) => JsonSerializer.Deserialize(json, FeatureStoreJson.Default.QuarantinedRow)!;

    private static int Characters(JsonElement value) => Encoding.UTF8.GetCharCount(JsonMarshal.GetRawUtf8Value(value));

    /// <summary>The row, without its values where they were read as JSON and cannot be written as such: a string or a name has bytes that are no UTF-8, or half a surrogate pair.</summary>
    private static string Json(QuarantinedRow row)
    {
        try
        {
            return JsonSerializer.Serialize(row, FeatureStoreJson.Default.QuarantinedRow);
        }
        catch (Exception e) when (row.Row is not null && e is JsonException or InvalidOperationException or ArgumentException)
        {
            return Json(row with { Row = null });
        }
    }

    /// <summary>The oldest rows.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the limit. Unavailable: Redis does not answer.</exception>
    public async Task<QuarantineResponse> ListAsync(RedisKeys keys, int limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxRows)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"must be from 1 to {MaxRows}", "limit");
        }
        var rows = await AllAsync(keys, cancellationToken);
        return new QuarantineResponse(rows.Count, [.. rows.Values.OrderBy(row => row.QuarantinedAt).ThenBy(row => row.Producer, StringComparer.Ordinal).ThenBy(row => row.Offset).Take(limit)]);
    }

    /// <summary>Forgets all rows, for all replicas.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task EmptyAsync(RedisKeys keys, CancellationToken cancellationToken)
    {
        var rows = await AllAsync(keys, cancellationToken);
        var emptied = rows.Values.Select(row => row.QuarantinedAt).Append(time.GetUtcNow()).Max(RowLayout.Microseconds); // a replica whose clock is ahead has set rows aside later than now
        Note(emptied);
        await EmptyAsync(keys, rows, emptied, cancellationToken);
    }

    private Task<RedisResult> EmptyAsync(RedisKeys keys, Dictionary<string, QuarantinedRow> rows, long emptied, CancellationToken cancellationToken) => redis.RunAsync(
        database => database.ScriptEvaluateAsync(EmptyScript, [keys.Quarantine], [emptied, .. rows.Where(row => RowLayout.Microseconds(row.Value.QuarantinedAt) <= emptied).Select(row => (RedisValue)row.Key)]), cancellationToken);

    /// <summary>All rows by their names.</summary>
    private async Task<Dictionary<string, QuarantinedRow>> AllAsync(RedisKeys keys, CancellationToken cancellationToken) =>
        (await redis.RunAsync(database => database.HashGetAllAsync(keys.Quarantine), cancellationToken)).Where(field => field.Name != Emptied).ToDictionary(field => field.Name.ToString(), field => Row(field.Value!));

    private void Note(long emptied)
    {
        if (EmptiedFile is { } file)
        {
            WholeFile.Write(file, Encoding.UTF8.GetBytes(DateTimeOffset.UnixEpoch.AddMicroseconds(emptied).ToString("O", CultureInfo.InvariantCulture)));
        }
    }
}
