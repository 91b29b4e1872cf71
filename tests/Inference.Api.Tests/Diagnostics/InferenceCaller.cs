using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

/// <summary>Sends a request over one transport and takes whatever comes back.</summary>
internal sealed class InferenceCaller(Func<ModelInferRequest, CancellationToken, Task> send)
{
    public static InferenceCaller Of(string transport, InferenceServer server) => new(transport switch
    {
        "REST" => (message, token) => RestAsync(server, message, token),
        "gRPC" => async (message, token) => await server.Grpc.ModelInferAsync(message, cancellationToken: token),
        _ => (message, token) => StreamAsync(server, message, token),
    });

    /// <summary>Asks <see cref="ModelFolder.Loop"/>, or a model by another name with its inputs.</summary>
    public Task InferAsync(string model, long n, string id, long timeoutMicroseconds = 0, CancellationToken cancellationToken = default)
    {
        var message = ToMessage(model, n, id);
        message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1 } } });
        if (timeoutMicroseconds > 0)
        {
            message.Parameters["timeout"] = new InferParameter { Int64Param = timeoutMicroseconds };
        }

        return SendAsync(message, cancellationToken);
    }

    /// <summary>Asks <see cref="ModelFolder.Faulty"/> for what it fails at.</summary>
    public Task InferFaultyAsync() => SendAsync(ToMessage("faulty", 1, ""), CancellationToken.None);

    /// <summary>Of a model that has an input x beside n.</summary>
    public static byte[] Message(string model, long n, string id)
    {
        var message = ToMessage(model, n, id);
        message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1 } } });
        return message.ToByteArray();
    }

    /// <summary>A call with any bytes as its message.</summary>
    /// <param name="timeout">The header <c>grpc-timeout</c>: a caller that does not watch its deadline itself.</param>
    public static async Task RawGrpcAsync(InferenceServer server, string method, byte[] message, string? timeout = null)
    {
        using var request = RawGrpc(server, method, message, timeout);
        try
        {
            using var response = await server.Http.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            // A call past its deadline ends with a reset.
        }
    }

    /// <inheritdoc cref="RawGrpcAsync"/>
    public static HttpRequestMessage RawGrpc(InferenceServer server, string method, byte[] message, string? timeout = null)
    {
        var body = new byte[5 + message.Length]; // 0 = not compressed, the length, the message
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, 5);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{server.Channel.Target}/inference.GRPCInferenceService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/grpc") } },
        };
        request.Headers.TE.Add(new("trailers"));
        request.Headers.TryAddWithoutValidation("grpc-timeout", timeout ?? "30S");
        return request;
    }

    public static ModelInferRequest ToMessage(string model, long n, string id) => new()
    {
        ModelName = model,
        Id = id,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "n", Datatype = "INT64", Shape = { 1 }, Contents = new InferTensorContents { Int64Contents = { n } } } },
    };

    private async Task SendAsync(ModelInferRequest message, CancellationToken cancellationToken)
    {
        try
        {
            await send(message, cancellationToken);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            // How the request ended is read from the server's log.
        }
    }

    private static async Task RestAsync(InferenceServer server, ModelInferRequest message, CancellationToken cancellationToken)
    {
        var json = new JsonObject
        {
            ["id"] = message.Id,
            ["parameters"] = new JsonObject(message.Parameters.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.Int64Param))),
            ["inputs"] = new JsonArray([.. message.Inputs.Select(input => new JsonObject
            {
                ["name"] = input.Name,
                ["datatype"] = input.Datatype,
                ["shape"] = new JsonArray(1),
                ["data"] = new JsonArray(input.Name == "n" ? JsonValue.Create(input.Contents.Int64Contents[0]) : JsonValue.Create(input.Contents.Fp32Contents[0])),
            })]),
        };
        using var content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync($"/v2/models/{message.ModelName}/infer", content, cancellationToken);
    }

    private static async Task StreamAsync(InferenceServer server, ModelInferRequest message, CancellationToken cancellationToken)
    {
        using var call = server.Grpc.ModelStreamInfer(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(message, cancellationToken);
        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
        }
    }
}
