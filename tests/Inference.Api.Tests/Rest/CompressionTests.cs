using System.IO.Compression;
using System.Net;
using System.Text;

namespace MlAspire.Inference.Api.Tests.Rest;

public sealed class CompressionTests
{
    // 2,000 numbers: the answer is above the size from which it is compressed.
    private static readonly string Request = $$"""{"inputs":[{"name":"x","shape":[1000,2],"datatype":"FP32","data":[{{string.Join(',', Enumerable.Repeat("1", 2000))}}]}]}""";

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_compressed_request_is_understood(string coding)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        using var response = await server.Http.PostAsync("/v2/models/line/infer", Compress(coding, Request));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip;q=0.1, deflate;q=0.9", "deflate")]
    [InlineData("gzip;q=0, deflate;q=0", null)]
    [InlineData("br", null)]
    [InlineData("*", "gzip")]
    [InlineData(null, null)]
    public async Task The_answer_is_compressed_as_accepted(string? accept, string? expected)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v2/models/line/infer") { Content = new StringContent(Request) };
        message.Headers.TryAddWithoutValidation("Accept-Encoding", accept);

        using var response = await server.Http.SendAsync(message);

        Assert.Equal(expected, response.Content.Headers.ContentEncoding.SingleOrDefault());
        await using var body = Decompress(expected, await response.Content.ReadAsStreamAsync());
        using var reader = new StreamReader(body);
        Assert.Equal($$"""{"model_name":"line","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1000,2],"data":[{{string.Join(',', Enumerable.Repeat("3", 2000))}}]}]}""", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task An_unknown_or_broken_coding_is_400()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        using var unknown = new StringContent("{}");
        unknown.Headers.ContentEncoding.Add("br");
        using var broken = new StringContent("{}");
        broken.Headers.ContentEncoding.Add("gzip");

        Assert.Equal((HttpStatusCode.BadRequest, """{"error":"Content-Encoding: Content-Encoding must be gzip, deflate or identity","code":"invalid_argument","field":"Content-Encoding"}"""), await SendAsync(unknown));
        Assert.Equal((HttpStatusCode.BadRequest, """{"error":"Content-Encoding: the body does not decompress with its Content-Encoding","code":"invalid_argument","field":"Content-Encoding"}"""), await SendAsync(broken));

        async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpContent content)
        {
            using var response = await server.Http.PostAsync("/v2/models/line/infer", content);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    internal static ByteArrayContent Compress(string coding, string text)
    {
        var bytes = new MemoryStream();
        using (Stream stream = coding == "gzip" ? new GZipStream(bytes, CompressionLevel.Fastest, true) : new ZLibStream(bytes, CompressionLevel.Fastest, true))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return new ByteArrayContent(bytes.ToArray()) { Headers = { ContentEncoding = { coding } } };
    }

    private static Stream Decompress(string? coding, Stream body) => coding switch
    {
        "gzip" => new GZipStream(body, CompressionMode.Decompress),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress),
        _ => body,
    };
}
