using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Idempotency;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline.Batch;
using MlAspire.Gateway.Pipeline.Columns;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary><c>POST /v1/models/{name}/predict</c>: translates only.</summary>
internal static class PredictEndpoints
{
    /// <summary>The answer's header with the audit log's newest checkpoint.</summary>
    public const string CheckpointHeader = "x-audit-checkpoint";

    public static IHostApplicationBuilder AddPredict(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTransient<PredictionPipeline>(); // its clients are made anew, so that their handlers can change
        builder.Services.AddSingleton<Hedging>().AddSingleton<VersionCircuits>().AddSingleton<VersionsInUse>().AddSingleton<AnsweredRequests>().AddSingleton<StreamedBodies>().AddSingleton<ShadowRunner>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ShadowRunner>());
        builder.Services.AddSingleton<PredictionStream>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PredictionStream>());
        return builder;
    }

    public static void MapPredict(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<IOptions<PipelineOptions>>().Value;
        routes.MapPost("/v1/models/{name}/predict", PredictAsync).WithMetadata(new RequestSizeLimitAttribute(options.MaxBodyBytes)).RequireScope(Scope.Predict)
            .WithTags("predictions").WithSummary("Asks a model for predictions, one a row").Describe(options);
    }

    private static async Task<IResult> PredictAsync(
        string name, string? version, HttpRequest request, PredictionPipeline pipeline, Admission admission, AnsweredRequests answered, CheckpointWriter checkpoints, IOptions<PipelineOptions> options,
        CancellationToken cancellationToken)
    {
        request.HttpContext.Response.Headers[CheckpointHeader] = checkpoints.Newest;
        if (request.Accepts(BatchPrediction.ContentType))
        {
            return await StreamAsync(name, version, request, pipeline, admission, options.Value, cancellationToken);
        }

        using var place = admission.Enter(name);
        var call = await ReadAsync(name, version, request, options.Value, cancellationToken);
        if (!request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
        {
            return ResultOf(request, await PredictAsync());
        }

        var key = IdempotencyKey.Of(call.Caller.Name, header.ToString(), $"{request.Path}{request.QueryString}", call.Body.Bytes);
        var (answer, replayed) = await answered.RunAsync(key, async () => JsonOf(await PredictAsync()));
        if (replayed)
        {
            request.HttpContext.Response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        return request.Accepts(Column.ContentType) ? ResultOf(request, JsonSerializer.Deserialize(answer, PredictJson.Default.PredictAnswer)!) : Json(answer);

        Task<PredictAnswer> PredictAsync() => place.MeasureAsync(() => pipeline.PredictAsync(call, cancellationToken));
    }

    private static async Task<IResult> StreamAsync(
        string name, string? version, HttpRequest request, PredictionPipeline pipeline, Admission admission, PipelineOptions options, CancellationToken cancellationToken)
    {
        if (request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "Events are not kept to be sent again.", IdempotencyKey.Header);
        }

        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = options.MaxStreamedBodyBytes;
        using var place = admission.Enter(name); // to read it; each part has its own
        request.HttpContext.Response.RegisterForDispose(request.HttpContext.RequestServices.GetRequiredService<StreamedBodies>().Enter(request.ContentLength));
        var call = await ReadAsync(name, version, request, options, cancellationToken);
        var (model, rows) = pipeline.Read(call, options.MaxStreamedRows);
        var errors = request.HttpContext.RequestServices.GetRequiredService<ErrorAnswers>();
        return TypedResults.ServerSentEvents(BatchPrediction.RunAsync(pipeline, call, model, rows, () => admission.Enter(name), error => errors.Report(request.HttpContext, error), cancellationToken));
    }

    private static async Task<PredictCall> ReadAsync(string name, string? version, HttpRequest request, PipelineOptions options, CancellationToken cancellationToken)
    {
        IPredictBody body = request.HasColumns()
            ? new ColumnsBody(await request.ReadBytesAsync(cancellationToken))
            : await JsonBody.ReadAsync(request.Body, cancellationToken);
        if (body is IDisposable pooled)
        {
            request.HttpContext.Response.RegisterForDispose(pooled);
        }

        return new(request.HttpContext.Features.GetRequiredFeature<Caller>(), name, version, RequestDeadline.Of(request, options.MaxTimeout), body);
    }

    private static FileContentHttpResult ResultOf(HttpRequest request, PredictAnswer answer) => request.Accepts(Column.ContentType)
        ? TypedResults.Bytes(ColumnsAnswer.Of(answer), Column.ContentType)
        : Json(JsonOf(answer));

    private static byte[] JsonOf(PredictAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, PredictJson.Default.PredictAnswer);

    private static FileContentHttpResult Json(byte[] answer) => TypedResults.Bytes(answer, "application/json; charset=utf-8"); // with its length: else its end would come behind the request's line
}
