using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writing, and how far a producer has come.</summary>
internal static class IngestEndpoints
{
    public static void AddIngest(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<PushScript>().AddSingleton<PushApplier>().AddSingleton<Ingestor>();

    /// <summary><c>/push</c> is Feast's, and ours with a producer.</summary>
    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/push", async (JsonBody<PushRequest> request, Ingestor ingestor, FeastWrites feast, CancellationToken cancellationToken) =>
        {
            if (request.Value.IsOurs)
            {
                return TypedResults.Json(await ingestor.PushAsync(request.Value, cancellationToken), FeatureStoreJson.Default.PushResponse);
            }
            await feast.PushAsync(request.Value, cancellationToken);
            return Results.Ok();
        }).AddEndpointFilter<FeastErrorFilter>().RequireKey().WithMetadata(FeastEndpoints.WriteLimit(routes))
            .WithTags("ingest").WithSummary("Writes events of a source; with a producer and offsets exactly once").Produces<PushResponse>().FailsAsFeast()
            .FailsWith(ErrorCode.InvalidArgument, ErrorCode.PayloadTooLarge, ErrorCode.Overloaded, ErrorCode.Unavailable, ErrorCode.NotReady)
            .WithExample("""{"push_source_name": "departures", "df": {"event_time": ["2001-02-24T14:30:00-05:00"], "origin": ["ATL"], "destination": ["LGA"]}, "producer": "docs", "offset": 0}""");
        routes.MapGet("/v1/producers/{producer}", (string producer, Ingestor ingestor, CancellationToken cancellationToken) => ingestor.ProducerAsync(producer, cancellationToken))
            .WithTags("ingest").WithSummary("How far a producer has come").FailsWith(ErrorCode.InvalidArgument, ErrorCode.Unavailable);
    }
}
