using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>Calls of ModelInfer whose message, as bytes, was changed.</summary>
internal sealed class GrpcFuzz(GrpcChannel channel)
{
    private static readonly byte[][] seeds =
    [
        .. new[] { false, true }.SelectMany(raw => ConformanceCases.All.Where(each => each.Only is null).Select(each => new GrpcTransport(null!, raw).ToMessage(each.Request).ToByteArray())),
    ];

    private static readonly Marshaller<byte[]> asItIs = Marshallers.Create(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> infer = new(MethodType.Unary, "inference.GRPCInferenceService", "ModelInfer", asItIs, asItIs);

    private readonly CallInvoker invoker = channel.CreateCallInvoker();

    /// <returns>The answer's status, and what is wrong with the answer; null when nothing is.</returns>
    public async Task<(string Status, string? Wrong)> SendAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        var message = mutator.Mutate(mutator.Pick(seeds));
        try
        {
            ModelInferResponse.Parser.ParseFrom(await invoker.AsyncUnaryCall(infer, null, new CallOptions(cancellationToken: cancellationToken), message));
            return ("gRPC OK", null);
        }
        catch (RpcException error)
        {
            return ($"gRPC {error.StatusCode}", error.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound && error.Status.Detail.Length > 0 ? null : $"{error.Status} {Convert.ToHexString(message)}");
        }
    }
}
