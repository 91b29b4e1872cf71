using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.FeatureStore.Feast;

/// <summary>The routes of Feast's feature server that are not ours as well (<c>/push</c> is).</summary>
internal static class FeastEndpoints
{
    private const int MaxBodyBytes = 1024 * 1024;

    public static void AddFeast(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<FeastOptions, FeastOptionsValidator>(FeastOptions.Section);
        builder.Services.AddSingleton<FeastOnlineFeatures>().AddSingleton<FeastWrites>().AddSingleton<Materializer>().AddSingleton<FeastMaterialize>();
    }

    public static void MapFeast(this IEndpointRouteBuilder routes)
    {
        var feast = routes.MapGroup("").AddEndpointFilter<FeastErrorFilter>().AddEndpointFilter<FeastBodyFilter>();
        feast.MapPost("/get-online-features", (JsonBody<GetOnlineFeaturesRequest> request, FeastOnlineFeatures features, HttpContext context, CancellationToken cancellationToken) => features.ReadAsync(request.Value, context.Features.Get<Deadline>(), cancellationToken))
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        feast.MapPost("/write-to-online-store", async (JsonBody<WriteToOnlineStoreRequest> request, FeastWrites writes, CancellationToken cancellationToken) =>
        {
            await writes.WriteAsync(request.Value, cancellationToken);
            return Null;
        }).RequireKey().WithMetadata(WriteLimit(routes));
        feast.MapPost("/materialize", async (JsonBody<MaterializeRequest> request, bool? async, bool? force, FeastMaterialize views, CancellationToken cancellationToken) =>
            Result(await views.RunAsync(request.Value, new MaterializeMode(async == true, force == true), cancellationToken))).RequireKey();
        feast.MapPost("/materialize-incremental", async (JsonBody<MaterializeIncrementalRequest> request, bool? async, bool? force, FeastMaterialize views, CancellationToken cancellationToken) =>
            Result(await views.RunAsync(request.Value, new MaterializeMode(async == true, force == true), cancellationToken))).RequireKey();
        routes.MapGet("/health", async (HealthCheckService health, CancellationToken cancellationToken) =>
        {
            var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), cancellationToken);
            return Results.StatusCode(report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });
    }

    /// <summary>Of the bodies of Feast's writes.</summary>
    public static RequestSizeLimitAttribute WriteLimit(IEndpointRouteBuilder routes) => new(routes.ServiceProvider.GetRequiredService<IOptions<FeastOptions>>().Value.MaxBodyBytes);

    private static IResult Null => Results.Text("null", "application/json");

    private static IResult Result(MaterializeOutcome outcome) => outcome switch
    {
        { Accepted: { } accepted } => TypedResults.Json(accepted, FeatureStoreJson.Default.MaterializeAccepted, statusCode: StatusCodes.Status202Accepted),
        { Conflict: { } conflict } => TypedResults.Json(conflict, FeatureStoreJson.Default.MaterializeConflict, statusCode: StatusCodes.Status409Conflict),
        _ => Null,
    };
}
