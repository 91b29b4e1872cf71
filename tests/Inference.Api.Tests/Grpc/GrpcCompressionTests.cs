using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests.Grpc;

public sealed class GrpcCompressionTests
{
    [Theory]
    [InlineData("gzip", 2000, StatusCode.NotFound)] // read, and its model is not there
    [InlineData("deflate", 2000, StatusCode.NotFound)]
    [InlineData("gzip", 2049, StatusCode.ResourceExhausted)]
    [InlineData("deflate", 2049, StatusCode.ResourceExhausted)]
    public async Task MaxRequestBytes_bounds_what_a_message_decompresses_to(string encoding, int letters, StatusCode expected)
    {
        await using var server = await StartAsync();

        Assert.Equal(expected, await CallAsync(server, encoding, new string('a', letters)));
        Assert.DoesNotContain(server.Logs.Events, log => log.Level >= LogLevel.Error);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Bytes_that_are_not_compressed_as_they_say_are_the_caller_s_fault(string encoding)
    {
        await using var server = await StartAsync();

        Assert.Equal(StatusCode.InvalidArgument, await CallAsync(server, encoding, "a", new Uncompressed(encoding)));
        Assert.DoesNotContain(server.Logs.Events, log => log.Level >= LogLevel.Error);
    }

    private static Task<InferenceServer> StartAsync() =>
        InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.Configuration["Limits:MaxRequestBytes"] = "2048");

    private static async Task<StatusCode> CallAsync(InferenceServer server, string encoding, string id, ICompressionProvider? provider = null)
    {
        using var channel = GrpcChannel.ForAddress($"http://{server.Channel.Target}", new GrpcChannelOptions
        {
            CompressionProviders = provider is null ? [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)] : [provider],
        });
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ModelInferAsync(new ModelInferRequest { ModelName = "none", Id = id }, new Metadata { { "grpc-internal-encoding-request", encoding } }));
        return error.StatusCode;
    }

    private sealed class Uncompressed(string encoding) : ICompressionProvider
    {
        public string EncodingName => encoding;

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => new BufferedStream(stream);

        public Stream CreateDecompressionStream(Stream stream) => stream;
    }
}
