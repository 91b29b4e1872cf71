using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Idempotency;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary><c>POST /v1/models/{name}/predict</c>: translates only.</summary>
internal static class PredictEndpoints
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public static IHostApplicationBuilder AddPredict(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTransient<PredictionPipeline>(); // its clients are made anew, so that their handlers can change
        builder.Services.AddSingleton<Hedging>().AddSingleton<AnsweredRequests>().AddSingleton<ShadowRunner>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ShadowRunner>());
        builder.Services.AddSingleton<PredictionStream>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PredictionStream>());
        return builder;
    }

    public static void MapPredict(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<IOptions<PipelineOptions>>().Value;
        routes.MapPost("/v1/models/{name}/predict", PredictAsync).WithMetadata(new BodyLimit(options.MaxBodyBytes)).RequireScope(Scope.Predict);
    }

    private static async Task<IResult> PredictAsync(
        string name, string? version, HttpRequest request, PredictionPipeline pipeline, Admission admission, AnsweredRequests answered, IOptions<PipelineOptions> options, CancellationToken cancellation)
    {
        using var place = admission.Enter(name);
        using var body = await ReadAsync(request, cancellation).ConfigureAwait(false);
        var call = new PredictCall(request.HttpContext.Features.GetRequiredFeature<Caller>(), name, version, TimeoutOf(request, options.Value.MaxTimeout), body.RootElement);
        if (!request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
        {
            return TypedResults.Json(await PredictAsync().ConfigureAwait(false), PredictJson.Default.PredictAnswer);
        }

        var key = IdempotencyKey.Of(call.Caller.Name, header.ToString(), $"{request.Path}{request.QueryString}", JsonMarshal.GetRawUtf8Value(body.RootElement));
        var (answer, replayed) = await answered.RunAsync(key, PredictAsync).ConfigureAwait(false);
        if (replayed)
        {
            request.HttpContext.Response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        return TypedResults.Json(answer, PredictJson.Default.PredictAnswer);

        Task<PredictAnswer> PredictAsync() => place.MeasureAsync(() => pipeline.PredictAsync(call, cancellation));
    }

    private static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await JsonDocument.ParseAsync(request.Body, Strict, cancellation).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}).", "body");
        }
    }

    private static TimeSpan? TimeoutOf(HttpRequest request, TimeSpan longest)
    {
        if (!request.Headers.TryGetValue(RequestDeadline.Header, out var header))
        {
            return null;
        }

        return long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= 1 && milliseconds <= longest.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ServiceError(ErrorCode.InvalidArgument, $"Must be a whole number of milliseconds from 1 to {(long)longest.TotalMilliseconds}.", RequestDeadline.Header);
    }

    private sealed class BodyLimit(long bytes) : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => bytes;
    }
}
