using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Files;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Quarantine;

/// <summary>Rows that could not be taken, in Redis, until somebody has looked: at most <see cref="MaxRows"/>, a repeated one once. Where a log is kept they are in it too, and the file <c>quarantine.emptied</c> beside it says until when somebody has.</summary>
internal sealed class RowQuarantine(RedisCommands redis, IOptions<OfflineOptions> offline, TimeProvider time)
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

    /// <summary>Rows of a push as they are set aside, by row.</summary>
    /// <param name="poison">What is wrong, by row.</param>
    public Dictionary<int, QuarantineEntry> Entries(PushRequest request, IReadOnlyDictionary<int, string> poison) => poison.ToDictionary(wrong => wrong.Key, wrong =>
    {
        var row = request.Df!.ToDictionary(column => column.Key, column => column.Value[wrong.Key]);
        var offset = request.Offset + wrong.Key;
        var aside = new QuarantinedRow(request.PushSourceName!, request.Producer, offset, wrong.Value, time.GetUtcNow(), row.Values.All(IsText) && row.Values.Sum(value => value.GetRawText().Length) <= MaxRowCharacters ? row : null);
        return new QuarantineEntry(request.Producer is null ? $"{Guid.CreateVersion7()}" : $"{request.Producer}:{offset}", JsonSerializer.Serialize(aside, FeatureStoreJson.Default.QuarantinedRow));
    });

    /// <summary>Sets rows aside.</summary>
    /// <exception cref="ServiceError">Overloaded: it is full. Unavailable: Redis does not answer.</exception>
    public async Task AddAsync(RedisKeys keys, IReadOnlyCollection<QuarantineEntry> entries, CancellationToken cancellationToken)
    {
        if (!await TryAddAsync(keys, entries, cancellationToken))
        {
            throw new ServiceError(ErrorCode.Overloaded, $"The quarantine has {MaxRows} rows: look at them (GET /v1/quarantine), and empty it (DELETE).");
        }
    }

    /// <summary>Sets logged rows aside that Redis may have lost, unless it was emptied since, or is full.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task RestoreAsync(RedisKeys keys, IEnumerable<QuarantineEntry> entries, CancellationToken cancellationToken)
    {
        if (EmptiedFile is not { } file)
        {
            return;
        }
        var emptied = File.Exists(file) ? DateTimeOffset.Parse(await File.ReadAllTextAsync(file, cancellationToken), CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        await TryAddAsync(keys, [.. entries.Where(entry => Row(entry.Json).QuarantinedAt > emptied)], cancellationToken);
    }

    private string? EmptiedFile => offline.Value.Directory.Length > 0 ? Path.Combine(offline.Value.Directory, "quarantine.emptied") : null;

    private async Task<bool> TryAddAsync(RedisKeys keys, IReadOnlyCollection<QuarantineEntry> entries, CancellationToken cancellationToken) =>
        (bool)await redis.RunAsync(database => database.ScriptEvaluateAsync(AddScript, [keys.Quarantine], [MaxRows, .. entries.SelectMany(entry => new RedisValue[] { entry.Name, entry.Json })]), cancellationToken);

    private static QuarantinedRow Row(string json) => JsonSerializer.Deserialize(json, FeatureStoreJson.Default.QuarantinedRow)!;

    /// <summary>False where a string has bytes that are no UTF-8, or half a surrogate pair: it was read as JSON and cannot be written as such.</summary>
    private static bool IsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => EntityValue.TextOf(value) is not null,
        JsonValueKind.Array => value.EnumerateArray().All(IsText),
        _ => true,
    };

    /// <summary>The oldest rows.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the limit. Unavailable: Redis does not answer.</exception>
    public async Task<QuarantineResponse> ListAsync(RedisKeys keys, int limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxRows)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"must be from 1 to {MaxRows}", "limit");
        }
        var stored = await redis.RunAsync(database => database.HashValuesAsync(keys.Quarantine), cancellationToken);
        var rows = stored.Select(json => Row(json!));
        return new QuarantineResponse(stored.Length, [.. rows.OrderBy(row => row.QuarantinedAt).ThenBy(row => row.Producer, StringComparer.Ordinal).ThenBy(row => row.Offset).Take(limit)]);
    }

    /// <summary>Forgets all rows.</summary>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public Task EmptyAsync(RedisKeys keys, CancellationToken cancellationToken)
    {
        if (EmptiedFile is { } file)
        {
            WholeFile.Write(file, Encoding.UTF8.GetBytes(time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)));
        }
        return redis.RunAsync(database => database.KeyDeleteAsync(keys.Quarantine), cancellationToken);
    }
}
