using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Forwarding;

/// <summary>An inference that is forwarded as it is leaves a record by digest.</summary>
public sealed class InferenceProxyTests : IAsyncLifetime
{
    private const string Infer = "/v2/models/flight-delay/versions/2/infer";

    private static readonly byte[] Large = [.. Enumerable.Range(0, 1 << 20).Select(i => (byte)(i * 7))];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync();

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Theory]
    [InlineData(10, StatusCodes.Status200OK)]
    [InlineData(1 << 20, StatusCodes.Status200OK)]
    [InlineData(3, StatusCodes.Status400BadRequest)]
    public async Task What_was_asked_and_answered_is_in_the_record_by_digest_and_went_through_as_it_is(int bytes, int status)
    {
        var answer = Large[..bytes];
        gateway.Inference.Answer = (_, response) =>
        {
            response.StatusCode = status;
            response.Headers["model-digest"] = "sha256:ab";
            return response.Body.WriteAsync(answer).AsTask();
        };

        var (answered, body) = await PostAsync(Large[5..]);

        Assert.Equal(status, (int)answered);
        Assert.Equal(answer, body);
        Assert.Equal(Large[5..], Assert.Single(gateway.Inference.Requests).Body);
        var record = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!;
        Assert.Equal(
            ("inference_forwarded", "c-8", "anonymous", "flight-delay", "2", "sha256:ab", DigestOf(Large[5..]), DigestOf(answer), status),
            ((string?)record["event"], (string?)record["correlation_id"], (string?)record["caller"], (string?)record["model"], (string?)record["model_version"], (string?)record["model_digest"],
                (string?)record["request_sha256"], (string?)record["answer_sha256"], (int)record["status"]!));
        Assert.Single(gateway.Host.Services.GetRequiredService<AuditLog>().Events); // that of the pipeline: this one is not of the gateway's state
    }

    [Fact]
    public async Task A_short_answer_without_its_record_is_503_and_a_long_one_does_not_end()
    {
        gateway.Host.Services.GetRequiredService<AuditLog>().Refuse(new InvalidDataException("no"));
        gateway.Inference.Answer = (_, response) => response.WriteAsync("short");
        var (status, body) = await PostAsync([1]);
        gateway.Inference.Answer = (_, response) => response.Body.WriteAsync(Large).AsTask();

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync([1]));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("""{"error":"The audit log cannot be written; no inference is answered without its record.","code":"unavailable"}""", System.Text.Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task An_inference_that_was_not_answered_has_a_record_without_an_answer()
    {
        await gateway.Inference.DisposeAsync();

        await PostAsync([1]);

        var record = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!;
        Assert.Equal((StatusCodes.Status503ServiceUnavailable, null), ((int)record["status"]!, (string?)record["answer_sha256"]));
    }

    [Fact]
    public async Task An_inference_whose_caller_goes_away_has_a_record_that_says_so()
    {
        var asked = new TaskCompletionSource();
        gateway.Inference.Answer = async (_, response) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, response.HttpContext.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        using var caller = new CancellationTokenSource();

        var call = gateway.Client.PostAsync(Infer, new ByteArrayContent([1]), caller.Token);
        await asked.Task.WithinAsync("the model server to be asked");
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync("the record", async () => (await gateway.AuditAsync()) is [var record] && (int)JsonNode.Parse(record)!["status"]! == 499);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(byte[] body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, Infer) { Content = new ByteArrayContent(body) };
        message.Headers.Add("x-correlation-id", "c-8");
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
