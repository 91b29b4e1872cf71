using System.Globalization;
using System.Net;
using System.Text.Json;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Monitoring.Gateway;

/// <summary>Reads and changes routes at the gateway, and reads and writes its audit log, with the key of whoever asks: its own (Rollouts, Reports) do not lend their scopes.</summary>
internal sealed class GatewayClient(HttpClient http)
{
    public const string Service = "gateway";

    /// <summary>The newest change of a model's route; null when it never was.</summary>
    /// <exception cref="ServiceError">As the gateway answers.</exception>
    public async Task<RouteChange?> NewestChangeAsync(string model, string key, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, PathOf(model, "history?limit=1"), key, null, cancellationToken);
        return await response.ReadAsync<IReadOnlyList<RouteChange>>(cancellationToken, RouteJson.Default.Options) is [var newest] ? newest : null;
    }

    /// <summary>Ends or pauses a canary.</summary>
    /// <param name="path">Of the route's change: <c>promote</c>, <c>roll-back</c> or <c>pause</c>.</param>
    /// <param name="reason">For the record.</param>
    /// <returns>False when the route was changed since.</returns>
    /// <exception cref="ServiceError">As the gateway answers.</exception>
    public async Task<bool> ChangeAsync(string model, string path, RouteReason reason, string key, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(reason, RouteJson.Default.RouteReason);
        using var response = await SendAsync(HttpMethod.Post, PathOf(model, path), key, content, cancellationToken);
        return response.StatusCode != HttpStatusCode.Conflict && (response.IsSuccessStatusCode ? true : throw await response.FailureAsync(cancellationToken));
    }

    /// <summary>A page of the audit log's records, the newest first.</summary>
    /// <param name="to">Time before which they are.</param>
    /// <param name="before">Index before which they are; null = the newest.</param>
    /// <param name="key">With the scope <c>audit.read</c>; null when none was given.</param>
    /// <exception cref="ServiceError">As the gateway answers: Unauthenticated or PermissionDenied without the scope.</exception>
    public async Task<AuditPage> RecordsAsync(DateTimeOffset to, long? before, int limit, string? key, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/audit/records?limit={limit}&to={Uri.EscapeDataString(to.ToString("O", CultureInfo.InvariantCulture))}{(before is null ? "" : $"&before={before}")}");
        using var response = await SendAsync(HttpMethod.Get, path, key, null, cancellationToken);
        return await response.ReadAsync<AuditPage>(cancellationToken);
    }

    /// <summary>Has something recorded in the audit log.</summary>
    /// <param name="idempotencyKey">Under which the same report is recorded once; null = each time.</param>
    /// <param name="key">With the scope <c>audit.write</c>.</param>
    /// <exception cref="ServiceError">As the gateway answers: then nothing is recorded.</exception>
    public Task ReportAsync(Report report, string? idempotencyKey, string key, CancellationToken cancellationToken) => http.ReportAsync(report, idempotencyKey, key, cancellationToken);

    /// <summary>Names of the alerts that hold by the audit log.</summary>
    /// <param name="key">With the scope <c>audit.read</c>.</param>
    /// <exception cref="ServiceError">As the gateway answers.</exception>
    public async Task<IEnumerable<string>> AlertsAsync(string key, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, "/v1/audit/state", key, null, cancellationToken);
        return (await response.ReadAsync<StateAnswer>(cancellationToken)).Alerts.Keys;
    }

    private static string PathOf(string model, string path) => $"/v1/models/{Uri.EscapeDataString(model)}/route/{path}";

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        ApiKey.AddTo(request, key);
        return await http.SendAsync(request, cancellationToken);
    }
}

/// <summary>What is read of an answer of <c>GET /v1/audit/records</c>.</summary>
/// <param name="Before">Where the next page begins; null when there is none.</param>
internal sealed record AuditPage(IReadOnlyList<IndexedRecord> Records, long? Before = null);

internal sealed record IndexedRecord(JsonElement Record);

/// <summary>What is read of an answer of <c>GET /v1/audit/state</c>.</summary>
internal sealed record StateAnswer(IReadOnlyDictionary<string, JsonElement> Alerts);
