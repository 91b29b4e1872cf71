using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.Gateway.Idempotency;
using MlAspire.Monitoring.Gateway;
using MlAspire.Monitoring.Quality;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Reports;

/// <summary>Tells the gateway's audit log what happens here. Without <see cref="ReportsOptions.GatewayKey"/> it tells nothing.</summary>
internal sealed class AuditReports(IServiceProvider services, IOptions<ReportsOptions> options)
{
    private const string Feedback = "feedback";

    public bool IsOn => options.Value.GatewayKey.Length > 0;

    private GatewayClient Gateway => services.GetRequiredService<GatewayClient>(); // made anew, as its connections are

    /// <summary>That labels are taken: before they are, so that none is without its record.</summary>
    /// <param name="idempotencyKey">Under which the same labels may be given again and leave one record; null = each time.</param>
    /// <exception cref="ServiceError">Unavailable: the gateway is away or does not take it. InvalidArgument (field <c>idempotency-key</c>): the key was used for others.</exception>
    public async Task LabelsAsync(FeedbackRequest feedback, string? idempotencyKey, CancellationToken cancellationToken)
    {
        if (IsOn)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(feedback, MonitoringJson.Default.FeedbackRequest)));
            var facts = new LabelsFacts(feedback.Labels.Count, feedback.Labels.Count(label => label.Positive), digest);
            await ReportAsync(new(ReportedEvent.LabelsWritten, Feedback, JsonSerializer.SerializeToElement(facts, ReportsJson.Default.LabelsFacts)), idempotencyKey, cancellationToken);
        }
    }

    /// <summary>That an alert holds from now on.</summary>
    /// <exception cref="ServiceError">As <see cref="LabelsAsync"/>.</exception>
    public Task FiredAsync(string alert, DateTimeOffset since, string idempotencyKey, CancellationToken cancellationToken) =>
        ReportAsync(new(ReportedEvent.AlertFired, alert, JsonSerializer.SerializeToElement(new AlertFacts(since), ReportsJson.Default.AlertFacts)), idempotencyKey, cancellationToken);

    /// <summary>That it holds no longer.</summary>
    /// <exception cref="ServiceError">As <see cref="LabelsAsync"/>.</exception>
    public Task ClearedAsync(string alert, string idempotencyKey, CancellationToken cancellationToken) => ReportAsync(new(ReportedEvent.AlertCleared, alert), idempotencyKey, cancellationToken);

    /// <summary>Names of the alerts that hold by the audit log, whoever reported them.</summary>
    /// <exception cref="ServiceError">As <see cref="LabelsAsync"/>.</exception>
    public Task<IEnumerable<string>> AlertsInForceAsync(CancellationToken cancellationToken) => Gateway.AlertsAsync(options.Value.GatewayKey, cancellationToken);

    private async Task ReportAsync(Report report, string? idempotencyKey, CancellationToken cancellationToken)
    {
        try
        {
            await Gateway.ReportAsync(report, idempotencyKey, options.Value.GatewayKey, cancellationToken);
        }
        catch (ServiceError e) when (e.Code != ErrorCode.Unavailable && e.Errors is not [{ Field: IdempotencyKey.Header }])
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The audit log does not take the report: {e.Message}", e); // it is our key or our report that is wrong, not the caller's
        }
    }
}

/// <param name="Labels">How many.</param>
/// <param name="Positive">Of these.</param>
/// <param name="Sha256">Of all of them, as JSON, hex digits.</param>
internal sealed record LabelsFacts(int Labels, int Positive, string Sha256);

/// <param name="Since">When it began to hold.</param>
internal sealed record AlertFacts(DateTimeOffset Since);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LabelsFacts))]
[JsonSerializable(typeof(AlertFacts))]
internal sealed partial class ReportsJson : JsonSerializerContext;
