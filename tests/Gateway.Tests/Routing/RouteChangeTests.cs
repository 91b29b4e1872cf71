using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

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
    public async Task A_model_server_that_does_not_answer_keeps_nobody_from_undoing_a_promotion_but_from_promoting()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.5}}""");
        gateway.Inference.Answer = Gone;
        var (promoted, _) = await SendAsync(HttpMethod.Post, $"{Route}/promote");
        gateway.Inference.Answer = InferenceStandIn.AnswerAsync;
        await SendAsync(HttpMethod.Post, $"{Route}/promote");
        gateway.Inference.Answer = Gone;

        var (undone, plan) = await SendAsync(HttpMethod.Post, $"{Route}/roll-back");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, promoted.StatusCode);
        Assert.Equal((HttpStatusCode.OK, "1"), (undone.StatusCode, (string?)plan["aliases"]!["champion"]));

        static Task Gone(Asked _, HttpResponse response)
        {
            response.HttpContext.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Evidence_that_is_no_valid_Unicode_is_refused_and_nothing_changes()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.5}}""");

        var (response, body) = await SendAsync(HttpMethod.Post, $"{Route}/promote", """{"evidence":{"a":["\ud800"]}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "evidence"), (response.StatusCode, (string?)body["errors"]![0]!["field"]));
        Assert.Single(await gateway.AuditAsync());
    }

    [Fact]
    public async Task A_version_that_has_left_the_plan_is_seen_until_its_last_request_is_answered()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":1}}""");
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            if (request.Path.EndsWith("/versions/2/infer", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await go.Task;
            }

            await InferenceStandIn.AnswerAsync(request, response);
        };

        var sending = gateway.PostAsync(RunningGateway.Request(1));
        await asked.Task.WithinAsync("the canary to be asked");
        await SendAsync(HttpMethod.Post, $"{Route}/roll-back");
        var while2 = (await SendAsync(HttpMethod.Get, Route)).Body;
        var (set, then) = await SendAsync(HttpMethod.Put, Route, while2.ToJsonString()); // as it was read
        go.SetResult();
        Assert.Equal("2", (string?)(await sending).Body["model"]!["version"]);

        Assert.Equal("""{"aliases":{"champion":"1"},"canary":null,"shadow":null,"in_progress":{"2":1}}""", while2.ToJsonString());
        Assert.Equal((HttpStatusCode.OK, """{"aliases":{"champion":"1"},"canary":null,"shadow":null}"""), (set.StatusCode, then.ToJsonString()));
        Assert.Equal("{}", (await SendAsync(HttpMethod.Get, Route)).Body["in_progress"]!.ToJsonString());
        Assert.False((await SendAsync(HttpMethod.Get, $"{Route}?at=2001-03-01T00:00:00Z")).Body.AsObject().ContainsKey("in_progress"));
    }

    [Theory]
    [InlineData("/v2/repository/models/flight-delay/unload")]
    [InlineData("/v2/Repository/Models/flight-delay/UNLOAD/")]
    public async Task A_model_whose_route_names_versions_is_not_unloaded(string unload)
    {
        await SetAsync("""{"aliases":{"champion":"1","old":"1"},"canary":{"version":"2","weight":0.5}}""");
        gateway.Inference.Answer = async (asked, response) => await response.WriteAsync(asked.Method == "POST" ? "{}" : "");

        var (refused, body) = await SendAsync(HttpMethod.Post, unload, "{}");
        var (other, _) = await SendAsync(HttpMethod.Post, "/v2/repository/models/spare/unload", "{}");
        var (load, _) = await SendAsync(HttpMethod.Post, "/v2/repository/models/flight-delay/load", "{}");
        await SetAsync("{}");
        var (after, _) = await SendAsync(HttpMethod.Post, unload, "{}");

        Assert.Equal((HttpStatusCode.Conflict, "aborted"), (refused.StatusCode, (string?)body["code"]));
        Assert.Equal("The route of model flight-delay names version 1, 2. Set a route that names none ({}), and unload when none of these is in_progress there.", (string?)body["error"]);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], new[] { other, load, after }.Select(response => response.StatusCode));
        Assert.Equal(2 + (3 * 2), (await gateway.AuditAsync()).Length); // two routes; of each change that it was asked and answered
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
