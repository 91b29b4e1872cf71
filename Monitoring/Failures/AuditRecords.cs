using MlAspire.Monitoring.Gateway;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>Reads the rows of requests from the gateway's audit log.</summary>
internal sealed class AuditRecords(GatewayClient gateway)
{
    /// <summary>Records that are read, of all models; of more the newest.</summary>
    public const int MaxRecords = 20_000;

    private const int PageRecords = 1_000;

    /// <summary>A page without a record has looked at 50,000 that are newer than was asked.</summary>
    private const int MaxPages = 200;

    /// <summary>Records are written when a request ends, and have the time when it began: at most so much before a record in front of them.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(1);

    /// <param name="question">Of which model and time.</param>
    /// <param name="key">Whose scope is <c>audit.read</c>; null when none was given.</param>
    /// <param name="cancellationToken">Who asked is gone.</param>
    /// <exception cref="ServiceError">As the gateway answers: Unauthenticated or PermissionDenied without the scope, Unavailable when it is away.</exception>
    public async Task<ReadRows> ReadAsync(FailureQuestion question, string? key, CancellationToken cancellationToken)
    {
        var (rows, records) = (new List<AuditedRow>(), 0);
        long? before = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var answer = await gateway.RecordsAsync(question.Range.To, before, PageRecords, key, cancellationToken);
            records += answer.Records.Count;
            rows.AddRange(answer.Records.Select(each => AuditedRow.Of(each.Record, question.Model)).OfType<AuditedRow>().Where(row => row.Time >= question.Range.From));
            before = answer.Before;
            if (before is null || answer.Records.Any(each => each.Record.Time() < question.Range.From - LongestRequest))
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
}

/// <param name="Rows">Newest first.</param>
/// <param name="IsComplete">False when older ones were asked for too.</param>
internal sealed record ReadRows(IReadOnlyList<AuditedRow> Rows, bool IsComplete);
