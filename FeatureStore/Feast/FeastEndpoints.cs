using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.FeatureStore.Feast;

/// <summary>The routes of Feast's feature server that are not ours as well (<c>/push</c> is).</summary>
internal static class FeastEndpoints
{
    private const int MaxBodyBytes = 1024 * 1024;

    public static void AddFeast(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<FeastOnlineFeatures>();

    public static void MapFeast(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/get-online-features", (JsonBody<GetOnlineFeaturesRequest> request, FeastOnlineFeatures features, CancellationToken cancellation) => features.ReadAsync(request.Value, cancellation))
            .AddEndpointFilter(AnswerFeastErrors).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        routes.MapGet("/health", async (HealthCheckService health, CancellationToken cancellation) =>
        {
            var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), cancellation);
            return Results.StatusCode(report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });
    }

    private static async ValueTask<object?> AnswerFeastErrors(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (FeastError e)
        {
            var text = e.PythonClass is null ? e.Message : $"{{\"module\": \"feast.errors\", \"class\": \"{e.PythonClass}\", \"message\": {Quote(e.Message)}}}";
            return Results.Text(Quote(text), "application/json", statusCode: e.HttpStatus);
        }
    }

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString(Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new(FeatureStoreJson.Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
