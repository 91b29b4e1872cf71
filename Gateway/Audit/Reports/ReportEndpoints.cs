using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Idempotency;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.Gateway.Audit.Reports;

/// <summary><c>POST /v1/audit/events</c>, scope <c>audit.write</c>: what other services did, in the same log.</summary>
internal static class ReportEndpoints
{
    private const long MaxBytes = 64 * 1024;

    public static void MapReports(this IEndpointRouteBuilder routes) => routes.MapPost(Report.Path, AppendAsync)
        .WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).RequireScope(Scope.AuditWrite).WithTags("audit").WithSummary("Records what another service did")
        .TakesBody(typeof(Report)).WithExample("""{"event": "alert_fired", "name": "log_rule errors", "facts": {"since": "2001-03-01T12:00:00Z"}}""")
        .WithParameters(new ApiParameter(IdempotencyKey.Header, "Under which the same report may be sent again: it is recorded once.") { IsHeader = true })
        .Produces<ReportAnswer>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.PayloadTooLarge, ErrorCode.Unavailable);

    private static async Task<JsonHttpResult<ReportAnswer>> AppendAsync(HttpContext context, RecordedReports reports, TimeProvider time, CancellationToken cancellationToken)
    {
        var report = await context.Request.ReadJsonAsync(ReportJson.Default.Report, cancellationToken);
        report.Check();
        var record = new ReportedEvent(
            AuditRecord.Schema, report.Event, time.GetUtcNow(), report.Name, context.Features.GetRequiredFeature<Caller>().Name, report.Facts is { } facts ? RedactedJson.Of(facts, "facts") : null,
            CorrelationId.Current, context.Request.Headers.TryGetValue(IdempotencyKey.Header, out var header) ? IdempotencyKey.ValueOf(header.ToString()) : null);
        try
        {
            var (index, replayed) = await reports.RecordAsync(record, cancellationToken);
            if (replayed)
            {
                context.Response.Headers[IdempotencyKey.ReplayedHeader] = "true";
            }

            return TypedResults.Json(new ReportAnswer(index), ReportJson.Default.ReportAnswer);
        }
        catch (IOException e)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; nothing is recorded.", e);
        }
    }
}
