using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.FeatureStore.Feast;

/// <summary>The routes of Feast's feature server that are not ours as well (<c>/push</c> is).</summary>
internal static class FeastEndpoints
{
    private const int MaxBodyBytes = 1024 * 1024;

    public static void AddFeast(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<FeastOptions, FeastOptionsValidator>(FeastOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<FeastOnlineFeatures>().AddSingleton<FeastWrites>().AddSingleton<Materializer>().AddSingleton<FeastMaterialize>();
    }

    public static void MapFeast(this IEndpointRouteBuilder routes)
    {
        var feast = routes.MapGroup("").WithTags("feast").FailsAsFeast().FailsWith(ErrorCode.Overloaded, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded).AddEndpointFilter<FeastErrorFilter>().AddEndpointFilter<FeastBodyFilter>();
        feast.MapPost("/get-online-features", (JsonBody<GetOnlineFeaturesRequest> request, FeastOnlineFeatures features, HttpContext context, CancellationToken cancellationToken) => features.ReadAsync(request.Value, context.Features.Get<Deadline>(), cancellationToken))
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes)).WithSummary("Feast's read: the newest features")
            .WithExample("""{"feature_service": "flight_delay", "entities": {"origin": ["ATL"], "destination": ["LGA"]}, "full_feature_names": true}""");
        feast.MapPost("/write-to-online-store", async (JsonBody<WriteToOnlineStoreRequest> request, FeastWrites writes, CancellationToken cancellationToken) =>
        {
            await writes.WriteAsync(request.Value, cancellationToken);
            return Null;
        }).RequireKey().WithMetadata(WriteLimit(routes)).WithSummary("Feast's write of rows to a view").Produces<JsonElement>();
        feast.MapPost("/materialize", async (JsonBody<MaterializeRequest> request, bool? async, bool? force, FeastMaterialize views, CancellationToken cancellationToken) =>
            Result(await views.RunAsync(request.Value, new MaterializeMode(async == true, force == true), cancellationToken))).RequireKey().Materializes("Feast's filling of views from the log");
        feast.MapPost("/materialize-incremental", async (JsonBody<MaterializeIncrementalRequest> request, bool? async, bool? force, FeastMaterialize views, CancellationToken cancellationToken) =>
            Result(await views.RunAsync(request.Value, new MaterializeMode(async == true, force == true), cancellationToken))).RequireKey().Materializes("Feast's filling of views from where the last one ended");
        routes.MapGet("/health", async (HealthCheckService health, CancellationToken cancellationToken) =>
        {
            var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), cancellationToken);
            return Results.StatusCode(report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        }).WithTags(ApiTags.Operations).WithSummary("Feast's question whether the service can do its work").Produces(StatusCodes.Status200OK).Produces(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Failures in Feast's own forms: a text, or for a body of another shape <c>{"detail": [...]}</c>.</summary>
    public static TBuilder FailsAsFeast<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in (int[])[StatusCodes.Status404NotFound, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status422UnprocessableEntity, StatusCodes.Status500InternalServerError])
        {
            route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(JsonElement), ["application/json"]));
        }

        return route;
    }

    private static void Materializes(this RouteHandlerBuilder route, string summary) => route.WithSummary(summary)
        .WithParameters(
            new ApiParameter("async", "true: answers before it is done.") { Type = JsonSchemaType.Boolean }, new ApiParameter("force", "true: also while a view is being materialized.") { Type = JsonSchemaType.Boolean })
        .Produces<JsonElement>().Produces<MaterializeAccepted>(StatusCodes.Status202Accepted).Produces<MaterializeConflict>(StatusCodes.Status409Conflict);

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
