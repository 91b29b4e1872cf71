using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Forwarding;

/// <summary>What is changed at the model server through the gateway is in the audit log.</summary>
public sealed class RecordingProxyTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";
    private const string Load = "/v2/repository/models/spare/load";

    private static readonly (string, string)[] Settings = [("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin,audit.read")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_change_is_a_record_with_who_and_what_and_one_with_the_answer_and_reaches_the_model_server_as_it_was_sent()
    {
        const string Body = """{ "parameters": { "config": "{}" } }""";
        gateway.Inference.Answer = (_, response) => response.WriteAsync("done");

        var (status, answer) = await SendAsync(gateway.Client, Load, Body);

        Assert.Equal((HttpStatusCode.OK, "done"), (status, answer));
        Assert.Equal(Body, Encoding.UTF8.GetString(Assert.Single(gateway.Inference.Requests).Body));
        var records = await RecordsAsync();
        Assert.Equal(
            ("model_server_change_requested", "operator", "POST", Load, """{"parameters":{"config":"{}"}}""", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Body))), "c-9"),
            ((string?)records[0]["event"], (string?)records[0]["actor"], (string?)records[0]["method"], (string?)records[0]["path"], records[0]["body"]!.ToJsonString(), (string?)records[0]["body_sha256"], (string?)records[0]["correlation_id"]));
        Assert.Equal(("model_server_change_answered", (string?)records[0]["id"], 200), ((string?)records[1]["event"], (string?)records[1]["id"], (int?)records[1]["status"]));
        Assert.Equal(2, records.Length);
    }

    [Fact]
    public async Task Of_a_body_that_is_too_large_or_no_JSON_or_no_valid_Unicode_there_is_the_hash_alone()
    {
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;
        string[] bodies = [$"\"{new string('x', 100_000)}\"", "not JSON", """{"a":"\ud800"}""", """{"\ud800":1}"""];

        foreach (var body in bodies)
        {
            await SendAsync(gateway.Client, Load, body);
        }

        Assert.Equal(bodies, gateway.Inference.Requests.Select(asked => Encoding.UTF8.GetString(asked.Body)));
        var records = (await RecordsAsync()).Where(record => !record.ContainsKey("status")).ToArray();
        Assert.All(records, record => Assert.False(record.ContainsKey("body")));
        Assert.Equal(bodies.Select(body => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))), records.Select(record => (string)record["body_sha256"]!));
    }

    [Fact]
    public async Task What_changes_nothing_is_not_recorded()
    {
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(gateway.Client, "/v2/repository/index", "{}")).Status);

        Assert.Empty(await gateway.AuditAsync());
    }

    [Fact]
    public async Task A_change_goes_through_and_its_answer_is_recorded_although_the_caller_has_gone()
    {
        var (asked, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (_, _) =>
        {
            asked.SetResult();
            await gone.Task;
        };
        using var caller = new CancellationTokenSource();

        var change = SendAsync(gateway.Client, Load, "{}", caller.Token);
        await asked.Task.WithinAsync("the model server to be asked");
        Assert.Equal(["model_server_change_requested"], (await RecordsAsync()).Select(record => (string?)record["event"]));
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => change);
        gone.SetResult();

        await Eventually.TrueAsync("the answer to be recorded", async () => (await RecordsAsync()) is [_, var answer] && (int?)answer["status"] == 200);
    }

    [Theory]
    [InlineData(200, """{"spare":true}""", 0)]
    [InlineData(400, "{}", 0)]
    [InlineData(504, "{}", 1)] // it may load on
    public async Task What_the_model_server_does_not_say_to_be_made_is_not_in_the_state_but_unconfirmed(int status, string models, int unconfirmed)
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.Equal(status, (int)(await SendAsync(gateway.Client, "/v2/Repository/Models/spare/LOAD/", "{}")).Status); // routes are matched so

        var state = (await StateAsync())["model_server"]!;
        Assert.Equal(models, new JsonObject(state["models"]!.AsObject().Select(model => KeyValuePair.Create(model.Key, (JsonNode?)(bool)model.Value!["loaded"]!))).ToJsonString());
        Assert.Equal(unconfirmed, state["unconfirmed"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_change_that_nothing_answered_is_unconfirmed_until_one_of_the_same_model_is_made()
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.HttpContext.Abort();
            return Task.CompletedTask;
        };
        await SendAsync(gateway.Client, "/v2/repository/models/my%20model/unload", "");
        Assert.Equal("/v2/repository/models/my model/unload", (string?)Assert.Single((await StateAsync())["model_server"]!["unconfirmed"]!.AsArray())!["path"]);

        gateway.Inference.Answer = (_, _) => Task.CompletedTask;
        await SendAsync(gateway.Client, "/v2/repository/models/my%20model/load", "");

        var state = (await StateAsync())["model_server"]!;
        Assert.Equal((true, 0), ((bool)state["models"]!["my model"]!["loaded"]!, state["unconfirmed"]!.AsArray().Count));
    }

    [Fact]
    public async Task Nothing_is_changed_while_no_record_can_be_written()
    {
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, .. Settings]);
        process.LimitFiles(0);

        var (status, answer) = await SendAsync(process.Client, Load, "{}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("""{"error":"The audit log cannot be written; nothing was changed.","code":"unavailable"}""", answer);
        Assert.Empty(gateway.Inference.Requests);
    }

    private async Task<JsonObject[]> RecordsAsync() => [.. (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!.AsObject())];

    private async Task<JsonNode> StateAsync()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/state") { Headers = { { "x-api-key", Key } } };
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, string path, string body, CancellationToken? cancellationToken = null)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) };
        message.Headers.Add("x-api-key", Key);
        message.Headers.Add("x-correlation-id", "c-9");
        using var response = await client.SendAsync(message, cancellationToken ?? TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
