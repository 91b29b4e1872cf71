using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The routes of the Open Inference Protocol. They translate; every rule is in <see cref="InferenceService"/>.</summary>
/// <remarks>Source: Open Inference Protocol, inference_rest; <c>/v2/models</c> is KServe's addition.</remarks>
internal static class V2Endpoints
{
    private const string Model = "/v2/models/{model}";
    private const string Version = Model + "/versions/{version}";

    public static void MapV2(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v2", () => Json(new ServerMetadataBody(InferenceService.Server.Name, InferenceService.Server.Version, InferenceService.Server.Extensions)));
        routes.MapGet("/v2/health/live", () => Json(new ServerLiveBody(true)));
        routes.MapGet("/v2/health/ready", ServerReady);
        routes.MapGet("/v2/models", (InferenceService service) => Json(new ModelListBody([.. service.ModelNames])));
        // Taken once: a handler with parameters would open a scope of services, and look for a version in the query, with every request.
        var infer = routes.ServiceProvider.GetRequiredService<V2InferEndpoint>();
        foreach (var prefix in (string[])[Model, Version])
        {
            routes.MapGet(prefix, Metadata);
            routes.MapGet(prefix + "/ready", ModelReady);
            routes.MapPost(prefix + "/infer", infer.HandleAsync);
        }
    }

    private static JsonHttpResult<ServerReadyBody> ServerReady(InferenceService service) =>
        service.NotReadyReason is { } reason ? throw new ServiceError(ErrorCode.NotReady, reason) : Json(new ServerReadyBody(true));

    private static JsonHttpResult<ModelReadyBody> ModelReady(InferenceService service, string model, string? version)
    {
        service.RequireReady(model, version);
        return Json(new ModelReadyBody(model, true));
    }

    private static JsonHttpResult<ModelMetadataBody> Metadata(InferenceService service, string model, string? version)
    {
        var metadata = service.Metadata(model, version);
        return Json(new ModelMetadataBody(metadata.Name, metadata.Versions, metadata.Platform, Tensors(metadata.Inputs), Tensors(metadata.Outputs), metadata.Properties));
    }

    private static TensorMetadataBody[] Tensors(IReadOnlyList<TensorMetadata> tensors) =>
        [.. tensors.Select(tensor => new TensorMetadataBody(tensor.Name, tensor.DataType.Name(), tensor.Shape))];

    private static JsonHttpResult<T> Json<T>(T body) => TypedResults.Json(body, V2Json.Default);
}
