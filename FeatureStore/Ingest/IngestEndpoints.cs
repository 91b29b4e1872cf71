using Microsoft.AspNetCore.Mvc;
using MlAspire.FeatureStore.Rest;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Writing, and how far a producer has come.</summary>
internal static class IngestEndpoints
{
    private const int MaxBodyBytes = 8 * 1024 * 1024;

    public static void AddIngest(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<PushTargets>().AddSingleton<PushScript>().AddSingleton<PushApplier>().AddSingleton<Ingestor>();

    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/push", (JsonBody<PushRequest> request, Ingestor ingestor, CancellationToken cancellation) => ingestor.PushAsync(request.Value, cancellation))
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        routes.MapGet("/v1/producers/{producer}", (string producer, Ingestor ingestor, CancellationToken cancellation) => ingestor.ProducerAsync(producer, cancellation));
    }
}
