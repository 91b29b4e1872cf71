using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Rest;

[Collection(nameof(Alone))]
public sealed class RestMemoryTests
{
    private const int Connections = 4;
    private const int Announced = 64 << 20;

    [Fact]
    public async Task Memory_is_taken_for_what_has_come_and_not_for_what_is_announced()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        var address = server.Http.BaseAddress!;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var clients = new Clients();

        for (var i = 0; i < Connections; i++)
        {
            var stream = await clients.ConnectAsync(address);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v2/models/line/infer HTTP/1.1\r\nHost: {address.Authority}\r\nExpect: 100-continue\r\nContent-Length: {Announced}\r\n\r\n"));
            using var reader = new StreamReader(stream, leaveOpen: true);
            Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync().WithinAsync("the body to be asked for"));
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, (long)Announced);
    }

    [Fact]
    public async Task The_memory_of_a_large_JSON_answer_is_not_kept()
    {
        const int Zeros = 16 << 20; // 32 MiB of JSON; the server's connection may keep as much for the next answer
        await using var server = await InferenceServer.StartAsync(models => models.Add("zeros", ModelFolder.Zeros));
        await AnswerAsync(server, 1);
        var before = MemoryInUse.Settled();

        Assert.InRange(await AnswerAsync(server, Zeros), 2 * Zeros, 3 * Zeros);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -Zeros, 3L * Zeros);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_for_JSON_is_refused_and_its_memory_given_back()
    {
        var least = new OnnxModel().Input("n", OnnxType.I64, 1).Output("y", OnnxType.I64, -1).Integers("least", [long.MinValue], 1).Node("Expand", ["least", "n"], ["y"]);
        await using var server = await InferenceServer.StartAsync(models => models.Add("least", least));
        var before = MemoryInUse.Settled();

        var (small, _) = await AskAsync(3);
        var (status, body) = await AskAsync(50_000_000); // 21 bytes each

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (small, status));
        Assert.Equal("outputs: the answer is more than 1040187392 bytes of JSON; ask for large outputs with binary_data", (string?)body!["error"]);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -1 << 30, 64 << 20);

        Task<(HttpStatusCode Status, JsonNode? Body)> AskAsync(int count) => server.PostAsync("/v2/models/least/infer", $$"""{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[{{count}}]}]}""");
    }

    private static async Task<long> AnswerAsync(InferenceServer server, int zeros)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/zeros/infer") { Content = new StringContent($$"""{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[{{zeros}}]}]}""") };
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null);
        return response.Content.Headers.ContentLength!.Value;
    }

    private sealed class Clients : IDisposable
    {
        private readonly List<TcpClient> clients = [];

        public async Task<NetworkStream> ConnectAsync(Uri address)
        {
            var client = new TcpClient();
            clients.Add(client);
            await client.ConnectAsync(address.Host, address.Port);
            return client.GetStream();
        }

        public void Dispose() => clients.ForEach(client => client.Dispose());
    }
}
