using Grpc.AspNetCore.Server;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Which call of gRPC a request is, once it has been routed.</summary>
internal static class GrpcCall
{
    /// <summary>Whether the request goes to the handler of <paramref name="method"/>. Its path cannot tell: routing takes letters of either case and a slash at the end.</summary>
    /// <param name="method">Service and name: <c>/inference.GRPCInferenceService/ModelInfer</c>.</param>
    public static bool Is(HttpContext context, string method) => context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName == method;
}
