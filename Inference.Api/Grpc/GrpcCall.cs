using System.Globalization;
using Grpc.AspNetCore.Server;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Which call of gRPC a request is, once it has been routed, and its answer when it is refused before its message is read.</summary>
internal static class GrpcCall
{
    /// <summary>Whether the request goes to the handler of <paramref name="method"/>. Its path cannot tell: routing takes letters of either case and a slash at the end.</summary>
    /// <param name="method">Service and name: <c>/inference.GRPCInferenceService/ModelInfer</c>.</param>
    public static bool Is(HttpContext context, string method) => context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName == method;

    /// <summary>An answer of nothing but trailers, which are then headers.</summary>
    /// <remarks>Source: <see href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over HTTP/2</see>, Trailers-Only; a message is percent-encoded.</remarks>
    public static void Refuse(HttpResponse response, ServiceError refusal)
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
