using System.Globalization;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Admits or refuses a load over gRPC before its message is read: the call's handler, and any interceptor, is called with all of it in memory.</summary>
internal sealed class GrpcLoadMiddleware(RequestDelegate next, RepositoryService repository)
{
    private static readonly string LoadPath = $"/{GRPCInferenceService.Descriptor.FullName}/{nameof(GRPCInferenceService.GRPCInferenceServiceBase.RepositoryModelLoad)}";

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
            Refuse(context.Response, refusal);
            return;
        }

        using (load)
        {
            await next(context);
        }
    }

    /// <summary>An answer of nothing but trailers, which are then headers.</summary>
    /// <remarks>Source: <see href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over HTTP/2</see>, Trailers-Only; a message is percent-encoded.</remarks>
    private static void Refuse(HttpResponse response, ServiceError refusal)
    {
        var failure = GrpcErrors.Of(refusal);
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)failure.StatusCode).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Uri.EscapeDataString(failure.Status.Detail);
        foreach (var detail in failure.Trailers)
        {
            response.Headers[detail.Key] = detail.Value;
        }
    }
}
