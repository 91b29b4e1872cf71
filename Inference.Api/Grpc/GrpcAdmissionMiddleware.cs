using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Admits or refuses a load and a stream over gRPC before a message of it is read: the call's handler, and any interceptor, is called with all of it in memory.</summary>
/// <remarks>A single inference has its place from <see cref="Diagnostics.InferenceRequestMiddleware"/>, which counts it too.</remarks>
internal sealed class GrpcAdmissionMiddleware(RequestDelegate next, RepositoryService repository, StreamSlots streams)
{
    private const string LoadPath = $"/{GrpcInferenceService.Name}/{nameof(GRPCInferenceService.GRPCInferenceServiceBase.RepositoryModelLoad)}";
    private const string StreamPath = $"/{GrpcInferenceService.Name}/{nameof(GRPCInferenceService.GRPCInferenceServiceBase.ModelStreamInfer)}";

    public async Task InvokeAsync(HttpContext context)
    {
        IDisposable? place;
        try
        {
            place = GrpcCall.Is(context, LoadPath) ? repository.BeginLoad() : GrpcCall.Is(context, StreamPath) ? streams.Enter() : null;
        }
        catch (ServiceError refusal)
        {
            GrpcCall.Refuse(context.Response, refusal);
            return;
        }

        using (place)
        {
            await next(context);
        }
    }
}
