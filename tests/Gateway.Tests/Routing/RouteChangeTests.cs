using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Routing;

/// <summary>What a route is not changed to, and when the versions of a plan are no longer needed.</summary>
public sealed class RouteChangeTests : IAsyncLifetime
{
    private const string Route = "/v1/models/flight-delay/route";
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Theory]
    [InlineData("promote", "3", "aliases.champion", """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""")]
    [InlineData("resume", "3", "canary.version", """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5,"paused":true}}""")]
    [InlineData("roll-back", "1", "aliases.champion", """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""", "promote")]
    [InlineData("roll-back", "3", null, """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""")]
    [InlineData("roll-back", "1", null, """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""")]
    [InlineData("pause", "1", null, """{"aliases":{"champion":"1"},"canary":{"version":"3","weight":0.5}}""")]
    public async Task A_version_that_is_no_longer_loaded_does_not_come_to_answer_and_a_canary_can_always_be_ended(string change, string unloaded, string? field, string plan, string? before = null)
    {
        await SetAsync(plan);
        if (before is not null)
        {
            await SendAsync(HttpMethod.Post, $"{Route}/{before}");
        }

        var held = (await SendAsync(HttpMethod.Get, Route)).Body.ToJsonString();
        gateway.Inference.Answer = (asked, response) =>
            asked.Path.EndsWith($"/versions/{unloaded}/ready", StringComparison.Ordinal) ? Task.FromResult(response.StatusCode = 404) : InferenceStandIn.AnswerAsync(asked, response);

        var (response, body) = await SendAsync(HttpMethod.Post, $"{Route}/{change}");

        Assert.Equal((field is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, field), (response.StatusCode, (string?)body["errors"]?[0]?["field"]));
        Assert.Equal(field is not null, held == (await SendAsync(HttpMethod.Get, Route)).Body.ToJsonString());
    }

    [Fact]
    public async Task Evidence_that_is_no_valid_Unicode_is_refused_and_nothing_changes()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.5}}""");

        var (response, body) = await SendAsync(HttpMethod.Post, $"{Route}/promote", """{"evidence":{"a":["\ud800"]}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "evidence"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
        Assert.Single(await gateway.AuditAsync());
    }

    private async Task SetAsync(string plan) => Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, Route, plan)).Response.StatusCode);

    private async Task<(HttpResponseMessage Response, JsonNode Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var message = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        message.Headers.Add("x-api-key", Key);
        var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response, await RunningGateway.BodyOfAsync(response));
    }
}
