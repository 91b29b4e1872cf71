using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests;

/// <summary>What a request takes from the managed heap: the least of several rounds, because code that is not compiled to its last tier yet takes more, and on a busy machine stays so for longer.</summary>
/// <remarks>The bound holds what has been reached, with a tenth to spare; the aim is 500 bytes (docs/benchmarks.md, "Memory").</remarks>
[Collection(nameof(Alone))]
public sealed class AllocationTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 20;
    private const int Requests = 1000; // in a round
    private const int MaxBytes = 3_940;
    private readonly ModelFolder models = new ModelFolder().Add("line", ModelFolder.Line);
    private readonly string logs = Directory.CreateTempSubdirectory("mlaspire-allocations-").FullName;

    public void Dispose()
    {
        models.Dispose();
        Directory.Delete(logs, recursive: true);
    }

    [Fact]
    public async Task A_binary_inference_takes_no_more_bytes_than_its_bound()
    {
        var bare = WebApplication.CreateSlimBuilder();
        bare.Logging.ClearProviders();
        bare.WebHost.UseUrls("http://127.0.0.1:0");
        await using var floor = bare.Build();
        floor.MapPost("/v2/models/{model}/infer", EmptyAsync);
        await floor.StartAsync();
        var kestrel = BytesPerRequest(floor, "/v2/models/line/infer"); // before there is a service, whose tracing would see these requests too
        await using var service = InferenceApp.Build(["--urls", "http://127.0.0.1:0", $"--Logging:File:Directory={logs}"], builder => builder
            .UseSetting("ModelRepository:Path", models.Path).UseSetting("GRPC_PORT", "0")
            .UseSetting("Logging:Console:LogLevel:Default", "None"));
        service.MapPost("/empty", EmptyAsync);
        await service.StartAsync();
        await Eventually.TrueAsync("the repository to be loaded", () => service.Services.GetRequiredService<Api.Models.ModelTable>().IsLoaded);

        var inference = BytesPerRequest(service, "/v2/models/line/infer") - kestrel;
        var signals = BytesPerRequest(service, "/empty") - kestrel;
        output.WriteLine($"bytes a request beyond Kestrel's {kestrel}: an inference {inference}, {signals} of them the signals around every request");
        Assert.NotEmpty(Directory.EnumerateFiles(logs)); // the lines are part of the count
        Assert.InRange(inference, 0, MaxBytes);
    }

    private static async Task EmptyAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        for (var read = await body.ReadAsync(); ; read = await body.ReadAsync())
        {
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                context.Response.ContentLength = 0;
                return;
            }
        }
    }

    private static long BytesPerRequest(WebApplication app, string path)
    {
        var json = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""";
        byte[] body = [.. Encoding.ASCII.GetBytes(json), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)];
        byte[] request = [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: test\r\nInference-Header-Content-Length: {json.Length.ToString(CultureInfo.InvariantCulture)}\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n"), .. body];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, new Uri(app.Urls.First()).Port);
        var answer = new byte[4096];
        return Enumerable.Range(0, Rounds).Min(_ => Round(socket, request, answer));
    }

    private static long Round(Socket socket, byte[] request, byte[] answer)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Requests; i++)
        {
            socket.Send(request);
            var read = 0;
            while (answer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) < 0)
            {
                read += socket.Receive(answer.AsSpan(read));
            }

            Assert.True(answer.AsSpan(0, read).StartsWith("HTTP/1.1 200"u8));
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }
}
