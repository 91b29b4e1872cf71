using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Gateway.Predictions;

/// <summary><c>/v1/predictions/{id}</c>, scope <c>audit.read</c>: the flight recorder of one prediction, its model's lineage, and its replay.</summary>
internal static class PredictionEndpoints
{
    public static IHostApplicationBuilder AddPredictions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PredictionLineage>().AddTransient<Replay>(); // the replay's client is made anew, so that its handlers can change
        return builder;
    }

    public static void MapPredictions(this IEndpointRouteBuilder routes)
    {
        var predictions = routes.MapGroup("/v1/predictions/{id}").RequireScope(Scope.AuditRead).WithTags("predictions").WithParameters(ApiQuery.Number("index", "Which of the id's records; without it the first.", 0)).FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        predictions.MapGet("", (string id, long? index, AuditLog log, SubjectKeys keys) => TypedResults.Json(
            RecordedPrediction.Prove(log, keys, id, index), AuditJson.Default.ProvenRecord)).WithSummary("The record of a prediction, with its proof").Produces<ProvenRecord>();
        predictions.MapGet("/lineage", (string id, long? index, PredictionLineage lineage) => TypedResults.Json(lineage.Of(id, index), LineageJson.Default.LineageAnswer)).WithSummary("What the model that answered follows from").Produces<LineageAnswer>();
        predictions.MapPost("/replay", async (string id, string? version, long? index, Replay replay, CancellationToken cancellationToken) =>
            TypedResults.Json(await replay.RunAsync(id, version, index, cancellationToken), ReplayJson.Default.ReplayAnswer))
            .WithSummary("Asks the model the same bits again").Produces<ReplayAnswer>().WithParameters(new ApiParameter("version", "Which version; without it the one that answered.") { Example = "1" })
            .FailsWith(ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
    }
}
