using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Protos.Health;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>Calls of every method whose message, as bytes, was changed.</summary>
internal sealed class GrpcFuzz(GrpcChannel channel)
{
    private const string Service = "inference.GRPCInferenceService";

    private static readonly Marshaller<byte[]> AsItIs = Marshallers.Create(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> Infer = new(MethodType.Unary, Service, "ModelInfer", AsItIs, AsItIs);
    private static readonly Method<byte[], byte[]> Stream = new(MethodType.DuplexStreaming, Service, "ModelStreamInfer", AsItIs, AsItIs);
    private static readonly byte[] Good = new GrpcTransport(null!, raw: true).ToMessage(ConformanceCases.Rows(1)).ToByteArray();

    private static readonly byte[][] Inferences =
    [
        .. new[] { false, true }.SelectMany(raw => ConformanceCases.All.Where(each => each.Only is null).Select(each => new GrpcTransport(null!, raw).ToMessage(each.Request).ToByteArray())),
    ];

    private static readonly (Method<byte[], byte[]> Method, byte[] Message)[] Others =
    [
        Call("ServerReady", new ServerReadyRequest()),
        Call("ServerMetadata", new ServerMetadataRequest()),
        Call("ModelReady", new ModelReadyRequest { Name = "versions", Version = "3" }),
        Call("ModelMetadata", new ModelMetadataRequest { Name = "versions", Version = "3" }),
        Call("ModelConfig", new ModelConfigRequest { Name = "rows", Version = "1" }),
        Call("ModelStatistics", new ModelStatisticsRequest { Name = "rows", Version = "1" }),
        Call("RepositoryIndex", new RepositoryIndexRequest { Ready = true }),
        Call("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "changing" }),
        Call("RepositoryModelLoad", new RepositoryModelLoadRequest
        {
            ModelName = "changing",
            Parameters = { ["config"] = new ModelRepositoryParameter { StringParam = """{"max_batch_size":0,"instance_group":[{"count":2}],"optimization":{"graph":{"level":1}}}""" } },
        }),
        Call("RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "changing", Parameters = { ["unload_dependents"] = new ModelRepositoryParameter { BoolParam = true } } }),
        Call("LogSettings", new LogSettingsRequest { Settings = { ["log_error"] = new LogSettingsRequest.Types.SettingValue { BoolParam = true } } }),
        Call("TraceSetting", new UnsupportedRequest()),
        Call("Check", new HealthCheckRequest { Service = Service }, "grpc.health.v1.Health"),
    ];

    private readonly CallInvoker invoker = channel.CreateCallInvoker();

    /// <returns>The answer's status, and what is wrong with the answer; null when nothing is.</returns>
    public async Task<(string Status, string? Wrong)> SendAsync(Mutator mutator, CancellationToken cancellationToken)
    {
        var (method, message) = mutator.Chance(60) ? (Infer, mutator.Pick(Inferences)) : mutator.Chance(50) ? (Stream, mutator.Pick(Inferences)) : mutator.Pick(Others);
        message = mutator.Mutate(message);
        try
        {
            var options = new CallOptions(cancellationToken: cancellationToken);
            return ($"{method.Name} OK", method == Stream ? await StreamAsync(message, options) : await CallAsync(method, message, options));
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested(); // another request has gone wrong
            var isIntended = error.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.Unimplemented && error.Status.Detail.Length > 0;
            return ($"{method.Name} {error.StatusCode}", isIntended ? null : $"{method.Name}: {error.Status} {Convert.ToHexString(message)}");
        }
    }

    private async Task<string?> CallAsync(Method<byte[], byte[]> method, byte[] message, CallOptions options)
    {
        var answer = await invoker.AsyncUnaryCall(method, null, options, message);
        return method != Infer || ModelInferResponse.Parser.ParseFrom(answer).Outputs.Count > 0 ? null : "an answer without outputs";
    }

    /// <summary>A changed request and then a good one: unless the changed one is no message at all, which ends the stream, both are answered.</summary>
    private async Task<string?> StreamAsync(byte[] message, CallOptions options)
    {
        using var call = invoker.AsyncDuplexStreamingCall(Stream, null, options);
        try
        {
            await call.RequestStream.WriteAsync(message);
            await call.RequestStream.WriteAsync(Good);
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The server has ended the stream already; what it says is read below.
        }

        var answers = new List<ModelStreamInferResponse>();
        while (await call.ResponseStream.MoveNext(options.CancellationToken))
        {
            answers.Add(ModelStreamInferResponse.Parser.ParseFrom(call.ResponseStream.Current));
        }

        return answers is [_, { ErrorMessage: "" }] ? null : $"a stream of two requests had {answers.Count} answers: {string.Join("; ", answers.Select(answer => answer.ErrorMessage))} {Convert.ToHexString(message)}";
    }

    private static (Method<byte[], byte[]> Method, byte[] Message) Call(string method, IMessage message, string service = Service) => (new(MethodType.Unary, service, method, AsItIs, AsItIs), message.ToByteArray());
}
