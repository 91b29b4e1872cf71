using System.Text.Json;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Errors;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Quarantine;

/// <summary>Rows that could not be taken, in Redis, until somebody has looked: at most <see cref="MaxRows"/>, a repeated one once.</summary>
internal sealed class RowQuarantine(RedisCommands redis, TimeProvider time)
{
    /// <summary>With more, pushes that would add to it are refused as Overloaded.</summary>
    public const int MaxRows = 1_000;

    private const int MaxRowCharacters = 4_096;

    // KEYS: the quarantine, a hash. ARGV: most rows, then name and JSON of each row. A name is a producer and offset, so that a push that is sent again changes nothing.
    private const string AddScript = """
        local new = 0
        for i = 2, #ARGV, 2 do new = new + 1 - redis.call('HEXISTS', KEYS[1], ARGV[i]) end
        if redis.call('HLEN', KEYS[1]) + new > tonumber(ARGV[1]) then return 0 end
        for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
        return 1
        """;

    /// <summary>Sets rows of a push aside.</summary>
    /// <param name="poison">What is wrong, by row.</param>
    /// <exception cref="ServiceError">Overloaded: it is full. Unavailable: Redis does not answer.</exception>
    public async Task AddAsync(RedisKeys keys, PushRequest request, IReadOnlyDictionary<int, string> poison, CancellationToken cancellation)
    {
        List<RedisValue> arguments = [MaxRows];
        foreach (var (index, reason) in poison)
        {
            var row = request.Df!.ToDictionary(column => column.Key, column => column.Value[index]);
            var offset = request.Offset + index;
            arguments.Add(request.Producer is null ? $"{Guid.CreateVersion7()}" : $"{request.Producer}:{offset}");
            arguments.Add(JsonSerializer.Serialize(
                new QuarantinedRow(request.PushSourceName!, request.Producer, offset, reason, time.GetUtcNow(), row.Values.All(IsText) && row.Values.Sum(value => value.GetRawText().Length) <= MaxRowCharacters ? row : null), FeatureStoreJson.Default.QuarantinedRow));
        }
        var added = (int)await redis.RunAsync(database => database.ScriptEvaluateAsync(AddScript, [keys.Quarantine], [.. arguments]), cancellation);
        if (added == 0) { throw new ServiceError(ErrorCode.Overloaded, $"The quarantine has {MaxRows} rows: look at them (GET /v1/quarantine), and empty it (DELETE)."); }
    }

    /// <summary>False where a string has bytes that are no UTF-8, or half a surrogate pair: it was read as JSON and cannot be written as such.</summary>
    private static bool IsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => EntityValue.TextOf(value) is not null,
        JsonValueKind.Array => value.EnumerateArray().All(IsText),
        _ => true,
    };

    /// <summary>The oldest rows.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the limit. Unavailable: Redis does not answer.</exception>
    public async Task<QuarantineResponse> ListAsync(RedisKeys keys, int limit, CancellationToken cancellation)
    {
        if (limit is < 1 or > MaxRows) { throw new ServiceError(ErrorCode.InvalidArgument, $"must be from 1 to {MaxRows}", "limit"); }
        var stored = await redis.RunAsync(database => database.HashValuesAsync(keys.Quarantine), cancellation);
        var rows = stored.Select(json => JsonSerializer.Deserialize((string)json!, FeatureStoreJson.Default.QuarantinedRow)!);
        return new QuarantineResponse(stored.Length, [.. rows.OrderBy(row => row.QuarantinedAt).ThenBy(row => row.Producer, StringComparer.Ordinal).ThenBy(row => row.Offset).Take(limit)]);
    }

    /// <summary>Forgets all rows.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public Task EmptyAsync(RedisKeys keys, CancellationToken cancellation) => redis.RunAsync(database => database.KeyDeleteAsync(keys.Quarantine), cancellation);
}
