using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests.Disconnects;

/// <summary>Asks <see cref="DisconnectTests"/>' model over a real connection, and goes away when it is told to.</summary>
internal static class LeavingCaller
{
    /// <summary>HTTP closed, HTTP reset as by a caller that crashed, a cancelled gRPC call, a cancelled stream.</summary>
    public static IReadOnlyList<string> Ways { get; } = ["close", "reset", "gRPC", "stream"];

    /// <returns>The answer to one number.</returns>
    /// <param name="gone">The caller leaves, in its way.</param>
    public static Task<float> AskAsync(string way, InferenceServer server, string id, float rounds, CancellationToken gone) => way switch
    {
        "close" => HttpAsync(server, Json(id, rounds), gone),
        "reset" => SocketAsync(server, Json(id, rounds), gone),
        "gRPC" => GrpcAsync(server, Message(id, rounds), gone),
        _ => StreamAsync(server, Message(id, rounds), gone),
    };

    public static ModelInferRequest Message(string id, float rounds) => new()
    {
        ModelName = "rounds",
        Id = id,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { rounds } } } },
    };

    private static string Json(string id, float rounds) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"id":"{{id}}","inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[{{rounds}}]}]}""");

    private static async Task<float> HttpAsync(InferenceServer server, string json, CancellationToken gone)
    {
        using var content = new StringContent(json);
        using var response = await server.Http.PostAsync("/v2/models/rounds/infer", content, gone);
        return Value(await response.Content.ReadAsStringAsync(CancellationToken.None));
    }

    private static async Task<float> SocketAsync(InferenceServer server, string json, CancellationToken gone)
    {
        var address = server.Http.BaseAddress!;
        using var client = new TcpClient { LingerState = new LingerOption(enable: true, seconds: 0) }; // closing sends a reset
        await client.ConnectAsync(address.Host, address.Port, CancellationToken.None);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v2/models/rounds/infer HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\nContent-Length: {json.Length}\r\n\r\n{json}"), CancellationToken.None);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(gone);
        return Value(answer[answer.IndexOf('{', StringComparison.Ordinal)..]);
    }

    private static async Task<float> GrpcAsync(InferenceServer server, ModelInferRequest message, CancellationToken gone) =>
        Value(await server.Grpc.ModelInferAsync(message, cancellationToken: gone));

    private static async Task<float> StreamAsync(InferenceServer server, ModelInferRequest message, CancellationToken gone)
    {
        using var call = server.Grpc.ModelStreamInfer(cancellationToken: gone);
        await call.RequestStream.WriteAsync(message, gone);
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(gone));
        return Value(call.ResponseStream.Current.InferResponse);
    }

    private static float Value(string json) => (float)JsonNode.Parse(json)!["outputs"]![0]!["data"]![0]!;

    private static float Value(ModelInferResponse response) => BitConverter.ToSingle(response.RawOutputContents[0].Span);
}
