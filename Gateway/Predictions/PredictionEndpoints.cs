using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Errors;

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
        var predictions = routes.MapGroup("/v1/predictions/{id}").RequireScope(Scope.AuditRead);
        predictions.MapGet("", (string id, AuditLog log, SubjectKeys keys) => TypedResults.Json(ProvenRecord.Of(log, keys, log.Find(id) ?? throw Unknown()), AuditJson.Default.ProvenRecord));
        predictions.MapGet("/lineage", (string id, PredictionLineage lineage) => TypedResults.Json(lineage.Of(id), LineageJson.Default.LineageAnswer));
        predictions.MapPost("/replay", async (string id, string? version, Replay replay, CancellationToken cancellation) =>
            TypedResults.Json(await replay.RunAsync(id, version, cancellation).ConfigureAwait(false), ReplayJson.Default.ReplayAnswer));
    }

    public static ServiceError Unknown() => new(ErrorCode.NotFound, "No prediction of this id is recorded.", "prediction_id");
}
