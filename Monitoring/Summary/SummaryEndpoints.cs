using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Summary;

/// <summary><c>GET /v1/models/{name}/summary</c>.</summary>
internal static class SummaryEndpoints
{
    public static void MapSummary(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/v1/models/{name}/summary",
        (string name, ModelStatistics statistics) => TypedResults.Ok(
            statistics.Summary(name) ?? throw new ServiceError(ErrorCode.NotFound, "No prediction of this model was seen.", "model")))
        .RequireKeyOrPassword().WithTags("quality").WithSummary("A model's traffic, latency and quality").FailsWith(ErrorCode.NotFound);
}
