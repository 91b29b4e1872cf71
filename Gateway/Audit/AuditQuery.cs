using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Gateway.Audit;

/// <summary>Which records are wanted: all of the conditions hold. Newest first.</summary>
/// <remarks>A page reads at most <see cref="LargestScan"/> records, so that no question holds the gateway up; its answer says where the next page begins.</remarks>
internal sealed class AuditQuery
{
    public const int LargestLimit = 1_000;
    public const int LargestScan = 50_000;

    private const int DefaultLimit = 100;
    private const int AtOnce = 256; // records, before others have the thread: predictions run on the same ones
    private const string EntityPrefix = "entity.";

    private static readonly string[] Fields = ["event", "prediction_id", "correlation_id", "model", "model_version", "model_digest", "caller", "arm", "code"];

    /// <summary>What a URL may ask, for the document.</summary>
    public static ApiParameter[] Parameters { get; } =
    [
        .. Fields.Select(field => new ApiParameter(field, $"The record's {field}.")), new(EntityPrefix + "NAME", "The value of the entity NAME: entity.origin=ATL.") { IsAnyName = true },
        ApiQuery.Time("from", "The first moment."), ApiQuery.Time("to", "The moment after the last."), ApiQuery.Number("before", "Only records of a lower index: the next page.", 0),
        new("personal", "false: without what belongs to the records' subjects.") { Values = ["true", "false"] }, ApiQuery.Number("limit", $"Most records; {DefaultLimit} without it, and all in an export.", 1, LargestLimit),
    ];

    private readonly List<KeyValuePair<string, string>> conditions = [];
    private readonly List<KeyValuePair<string, string>> entities = [];
    private DateTimeOffset from = DateTimeOffset.MinValue;
    private DateTimeOffset to = DateTimeOffset.MaxValue;
    private long before = long.MaxValue;
    private bool withPersonal = true;

    private AuditQuery()
    {
    }

    /// <summary>How many records are wanted; null = it was not said.</summary>
    public int? Limit { get; private set; }

    /// <summary>Whether what belongs to the records' subjects is wanted too, in the clear.</summary>
    public bool WithPersonal => withPersonal;

    /// <summary>Reads <c>model=flight-delay&amp;entity.origin=ATL&amp;from=...&amp;to=...&amp;before=4711&amp;limit=100</c>.</summary>
    /// <exception cref="ServiceError">InvalidArgument: names every parameter that is unknown or cannot be read.</exception>
    public static AuditQuery Parse(IQueryCollection parameters)
    {
        var query = new AuditQuery();
        var problems = new List<FieldError>();
        foreach (var (name, values) in parameters)
        {
            if ((values.Count == 1 ? query.Take(name, values[0] ?? "") : "must be there once") is { } problem)
            {
                problems.Add(new(name, problem));
            }
        }

        return problems.Count == 0 ? query : throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
    }

    public async Task<AuditPage> RunAsync(AuditLog log, SubjectKeys keys, CancellationToken cancellationToken)
    {
        var found = new List<IndexedRecord>();
        var index = Math.Min(before, log.Count);
        for (var last = Math.Max(0, index - LargestScan); index > last && found.Count < (Limit ?? DefaultLimit); index--)
        {
            await PauseAsync(index, cancellationToken);
            if (log.Read(index - 1) is { } record && Matches(record, keys) is { } element)
            {
                found.Add(new(index - 1, element));
            }
        }

        return new(found, index > 0 ? index : null);
    }

    /// <summary>All records that are wanted, without a bound, newest first, as they were hashed; read as they are taken.</summary>
    /// <param name="log">The log.</param>
    /// <param name="keys">Of the records' subjects.</param>
    /// <param name="size">Records that count, from the log's beginning.</param>
    /// <param name="cancellationToken">Looked at before each record, also of those that are not wanted.</param>
    public async IAsyncEnumerable<(long Index, byte[] Record)> FindAsync(AuditLog log, SubjectKeys keys, long size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var index = Math.Min(before, size) - 1; index >= 0; index--)
        {
            await PauseAsync(index, cancellationToken);
            if (log.Read(index) is { } record && Matches(record, keys) is not null)
            {
                yield return (index, record);
            }
        }
    }

    private static async ValueTask PauseAsync(long index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (index % AtOnce == 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>The record, readable, when it is wanted; else null.</summary>
    private JsonElement? Matches(byte[] record, SubjectKeys keys)
    {
        // A record that does not hold the values anywhere need not be parsed, and one that does not match in the clear not be decrypted.
        var personal = PersonalData.IsIn(record);
        if (!MayHold(record, conditions) || (!personal && !MayHold(record, entities)))
        {
            return null;
        }

        var element = JsonElement.Parse(record);
        if (!conditions.TrueForAll(condition => Is(element, condition)) || !element.TryGetProperty("timestamp", out var time) || time.GetDateTimeOffset() is var at && (at < from || at >= to))
        {
            return null;
        }

        var readable = personal && (withPersonal || entities.Count > 0) ? JsonElement.Parse(PersonalData.Readable(record, keys)) : element;
        return entities.Count == 0 || (readable.TryGetProperty("entities", out var named) && entities.TrueForAll(entity => Is(named, entity))) ? (withPersonal ? readable : element) : null;
    }

    /// <returns>What is wrong with it; null when nothing is.</returns>
    private string? Take(string name, string value)
    {
        if (Fields.Contains(name))
        {
            conditions.Add(new(name, value));
            return null;
        }

        if (name.StartsWith(EntityPrefix, StringComparison.Ordinal))
        {
            entities.Add(new(name[EntityPrefix.Length..], value));
            return null;
        }

        return name switch
        {
            "from" => IsoTime.TryParse(value, out from) ? null : IsoTime.Expected,
            "to" => IsoTime.TryParse(value, out to) ? null : IsoTime.Expected,
            "before" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out before) ? null : "must be an index",
            "personal" => bool.TryParse(value, out withPersonal) ? null : "must be true or false",
            "limit" => (Limit = LimitOf(value)) is not null ? null : $"must be a whole number from 1 to {LargestLimit}",
            _ => $"is not known; these are: {string.Join(", ", Fields)}, {EntityPrefix}NAME, from, to, before, personal, limit",
        };
    }

    private static int? LimitOf(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= LargestLimit ? number : null;

    private static bool MayHold(byte[] record, List<KeyValuePair<string, string>> values) =>
        values.TrueForAll(condition => record.AsSpan().IndexOf(JsonEncodedText.Encode(condition.Value).EncodedUtf8Bytes) >= 0);

    private static bool Is(JsonElement element, KeyValuePair<string, string> condition) =>
        element.TryGetProperty(condition.Key, out var property) && property.ValueKind == JsonValueKind.String && property.ValueEquals(condition.Value);
}

/// <summary>A page of records, newest first.</summary>
/// <param name="Records">Those that were asked for.</param>
/// <param name="Before">The parameter <c>before</c> of the next page; null at the log's beginning. A page without records may have a next one.</param>
public sealed record AuditPage(IReadOnlyList<IndexedRecord> Records, long? Before);

/// <param name="Index">Its place in the log.</param>
/// <param name="Record">It.</param>
public sealed record IndexedRecord(long Index, JsonElement Record);
