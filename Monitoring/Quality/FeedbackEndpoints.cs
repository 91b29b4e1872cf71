using Microsoft.AspNetCore.Mvc;
using MlAspire.Gateway.Idempotency;
using MlAspire.Monitoring.Reports;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Quality;

/// <summary><c>POST /v1/feedback</c>: what really happened, by prediction id.</summary>
internal static class FeedbackEndpoints
{
    public const int MaxLabels = 10_000;

    private const int LongestId = 64;

    public static void MapFeedback(this IEndpointRouteBuilder routes) => routes.MapPost("/v1/feedback", async (
        FeedbackRequest request, [FromHeader(Name = IdempotencyKey.Header)] string? idempotencyKey, AuditReports reports, ModelStatistics statistics, RolloutTable rollouts, CancellationToken cancellationToken) =>
    {
        Check(request);
        await reports.LabelsAsync(request, idempotencyKey is null ? null : IdempotencyKey.ValueOf(idempotencyKey), cancellationToken);
        statistics.Label(request.Labels);
        rollouts.Label(request.Labels);
        return TypedResults.Ok(new FeedbackResponse(request.Labels.Count));
    }).RequireKey().WithTags("quality").WithSummary("Says what really happened, by prediction id").FailsWith(ErrorCode.InvalidArgument, ErrorCode.PayloadTooLarge, ErrorCode.Unavailable);

    private static void Check(FeedbackRequest request)
    {
        if (request.Labels.Count > MaxLabels)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"At most {MaxLabels} labels are taken at once.", "labels");
        }

        // A JSON array may hold null although the type does not say so.
        FieldError[] problems = [.. request.Labels.SelectMany((label, i) => label switch
        {
            null => (FieldError[])[new($"labels[{i}]", "must be an object")],
            { PredictionId.Length: 0 or > LongestId } => [new($"labels[{i}].prediction_id", $"must have 1 to {LongestId} characters")],
            _ => [],
        }).Take(20)];
        if (problems.Length > 0)
        {
            throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
        }
    }
}

/// <param name="Labels">At most 10,000; nothing is taken when one is wrong.</param>
public sealed record FeedbackRequest(IReadOnlyList<FeedbackLabel> Labels);

/// <param name="PredictionId">As the prediction's answer said it.</param>
/// <param name="Positive">Whether what the model's positive label says was observed.</param>
public sealed record FeedbackLabel(string PredictionId, bool Positive);

/// <param name="Accepted">Labels taken, whether their prediction is known or not.</param>
public sealed record FeedbackResponse(int Accepted);
