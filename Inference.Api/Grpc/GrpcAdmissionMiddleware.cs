using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Admits or refuses a load over gRPC before its message is read: the call's handler, and any interceptor, is called with all of it in memory.</summary>
internal sealed class GrpcLoadMiddleware(RequestDelegate next, RepositoryService repository)
{
    private const string LoadPath = $"/{GrpcInferenceService.Name}/{nameof(GRPCInferenceService.GRPCInferenceServiceBase.RepositoryModelLoad)}";

    public async Task InvokeAsync(HttpContext context)
    {
        if (!GrpcCall.Is(context, LoadPath))
        {
            await next(context);
            return;
        }

        IDisposable load;
        try
        {
            load = repository.BeginLoad();
        }
        catch (ServiceError refusal)
        {
            GrpcCall.Refuse(context.Response, refusal);
            return;
        }

        using (load)
        {
            await next(context);
        }
    }
}
