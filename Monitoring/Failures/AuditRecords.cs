using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>Reads the gateway's audit log, with the key of whoever asks: its own (Rollouts) does not lend its scopes.</summary>
internal sealed class AuditRecords(HttpClient http)
{
    public const string Service = "gateway";
    public const string NeedsKey = "This reads the gateway's audit log, and needs a key of the gateway with the scope audit.read.";

    /// <summary>Records that are read, of all models; of more the newest.</summary>
    public const int MaxRecords = 20_000;

    private const int PageRecords = 1_000;

    /// <summary>A page without a record has looked at 50,000 that are newer than was asked.</summary>
    private const int MaxPages = 200;

    /// <summary>Records are written when a request ends, and have the time when it began: at most so much before a record in front of them.</summary>
    private static readonly TimeSpan longestRequest = TimeSpan.FromMinutes(1);

    /// <param name="question">Of which model and time.</param>
    /// <param name="key">Whose scope is <c>audit.read</c>; null when none was given.</param>
    /// <param name="cancellation">Who asked is gone.</param>
    /// <exception cref="ServiceError">As the gateway answers: Unauthenticated or PermissionDenied without the scope, Unavailable when it is away.</exception>
    public async Task<ReadRows> ReadAsync(FailureQuestion question, string? key, CancellationToken cancellation)
    {
        var (rows, records) = (new List<AuditedRow>(), 0);
        long? before = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var answer = await PageAsync(question.Range.To, before, key, cancellation).ConfigureAwait(false);
            records += answer.Records.Count;
            rows.AddRange(answer.Records.Select(each => AuditedRow.Of(each.Record, question.Model)).OfType<AuditedRow>().Where(row => row.Time >= question.Range.From));
            before = answer.Before;
            if (before is null || answer.Records.Any(each => each.Record.Time() < question.Range.From - longestRequest))
            {
                return new(rows, true);
            }

            if (records >= MaxRecords)
            {
                break;
            }
        }

        return new(rows, false);
    }

    private async Task<Page> PageAsync(DateTimeOffset to, long? before, string? key, CancellationToken cancellation)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/audit/records?limit={PageRecords}&to={Uri.EscapeDataString(to.ToString("O", CultureInfo.InvariantCulture))}{(before is null ? "" : $"&before={before}")}");
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
        {
            message.Headers.TryAddWithoutValidation(ApiKey.Header, key);
        }

        using var answer = await http.SendAsync(message, cancellation).ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync(AuditPageJson.Default.Page, cancellation).ConfigureAwait(false))!
            : throw Refused(ErrorMapping.FromHttpStatus((int)answer.StatusCode));
    }

    private static ServiceError Refused(ErrorCode code) => new(code, code is ErrorCode.Unauthenticated or ErrorCode.PermissionDenied
        ? NeedsKey
        : $"The gateway's audit log cannot be read: {ErrorMapping.Of(code).Wire}.");

    /// <summary>What is read of an answer of <c>GET /v1/audit/records</c>.</summary>
    internal sealed record Page(IReadOnlyList<IndexedRecord> Records, long? Before);

    internal sealed record IndexedRecord(JsonElement Record);
}

/// <param name="Rows">Newest first.</param>
/// <param name="IsComplete">False when older ones were asked for too.</param>
internal sealed record ReadRows(IReadOnlyList<AuditedRow> Rows, bool IsComplete);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditRecords.Page))]
internal sealed partial class AuditPageJson : JsonSerializerContext;
