using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Forwarding;

/// <summary>What is changed at the model server through the gateway is in the audit log.</summary>
public sealed class RecordingProxyTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";
    private const string Load = "/v2/repository/models/spare/load";

    private static readonly (string, string)[] settings = [("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_change_is_one_record_with_who_and_what_and_reaches_the_model_server_as_it_was_sent()
    {
        const string Body = """{ "parameters": { "config": "{}" } }""";
        gateway.Inference.Answer = (_, response) => response.WriteAsync("done");

        var (status, answer) = await SendAsync(gateway.Client, Load, Body);

        Assert.Equal((HttpStatusCode.OK, "done"), (status, answer));
        Assert.Equal(Body, Encoding.UTF8.GetString(Assert.Single(gateway.Inference.Requests).Body));
        var record = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!;
        Assert.Equal(
            ("model_server_changed", "operator", "POST", Load, """{"parameters":{"config":"{}"}}""", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Body))), "c-9"),
            ((string?)record["event"], (string?)record["actor"], (string?)record["method"], (string?)record["path"], record["body"]!.ToJsonString(), (string?)record["body_sha256"], (string?)record["correlation_id"]));
    }

    [Fact]
    public async Task Of_a_body_that_is_too_large_or_no_JSON_there_is_the_hash_alone()
    {
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;
        string[] bodies = [$"\"{new string('x', 100_000)}\"", "not JSON"];

        foreach (var body in bodies)
        {
            await SendAsync(gateway.Client, Load, body);
        }

        Assert.Equal(bodies, gateway.Inference.Requests.Select(asked => Encoding.UTF8.GetString(asked.Body)));
        var records = (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!.AsObject()).ToArray();
        Assert.All(records, record => Assert.False(record.ContainsKey("body")));
        Assert.Equal(bodies.Select(body => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))), records.Select(record => (string)record["body_sha256"]!));
    }

    [Theory]
    [InlineData(Load, 400)]
    [InlineData(Load, 503)]
    [InlineData("/v2/repository/index", 200)]
    public async Task What_the_model_server_refused_and_what_changes_nothing_is_not_recorded(string path, int status)
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.Equal(status, (int)(await SendAsync(gateway.Client, path, "{}")).Status);

        Assert.Empty(await gateway.AuditAsync());
    }

    [Fact]
    public async Task Nothing_is_changed_while_no_record_can_be_written()
    {
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, .. settings], largestFileKilobytes: 1);
        await RunningGateway.PostAsync(process.Client, RunningGateway.Request(1, 2)); // more than the disk has room for
        var before = gateway.Inference.Requests.Count;

        var (status, answer) = await SendAsync(process.Client, Load, "{}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("""{"error":"The audit log cannot be written; nothing was changed."}""", answer);
        Assert.Equal(before, gateway.Inference.Requests.Count);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, string path, string body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) };
        message.Headers.Add("x-api-key", Key);
        message.Headers.Add("x-correlation-id", "c-9");
        using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
