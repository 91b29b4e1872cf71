using MlAspire.Gateway.Idempotency;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Audit.Reports;

/// <summary>How other services report: linked by those that do.</summary>
internal static class ReportClient
{
    /// <summary>Has something recorded in the audit log; when this returns it is on disk.</summary>
    /// <param name="gateway">Whose base address is the gateway.</param>
    /// <param name="report">What happened.</param>
    /// <param name="idempotencyKey">Under which the same report may be sent again, 1 to 128 characters of <c>A-Z a-z 0-9 . _ : -</c>: it is recorded once. Null = each time.</param>
    /// <param name="key">With the scope <c>audit.write</c>.</param>
    /// <param name="cancellationToken">Gives up waiting; it may be recorded nevertheless.</param>
    /// <exception cref="ServiceError">As the gateway answers; Unavailable while it is away.</exception>
    public static async Task ReportAsync(this HttpClient gateway, Report report, string? idempotencyKey, string key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Report.Path) { Content = JsonContent.Create(report, ReportJson.Default.Report) };
        if (idempotencyKey is not null)
        {
            request.Headers.Add(IdempotencyKey.Header, idempotencyKey);
        }

        ApiKey.AddTo(request, key);
        using var response = await gateway.SendAsync(request, cancellationToken);
        await response.ReadAsync<ReportAnswer>(cancellationToken, ReportJson.Default.Options);
    }
}
