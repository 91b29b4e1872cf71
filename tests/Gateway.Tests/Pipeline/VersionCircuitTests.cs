using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>A version that always fails, beside others of the same server that do not.</summary>
public sealed class VersionCircuitTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";
    private const int Enough = 400; // Polly's circuit breaker looks at 100 calls at least

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(null, ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin"));
        gateway.Inference.Answer = (asked, response) => asked.Path.EndsWith("/2/infer", StringComparison.Ordinal) ? Task.FromResult(response.StatusCode = 500) : InferenceStandIn.AnswerAsync(asked, response);
    }

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_canary_that_always_fails_opens_its_own_circuit_and_the_champion_goes_on()
    {
        await SetAsync("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0}}""");
        await FailUntilLeftAloneAsync("2");
        var asked = AskedOf("2");

        var (left, problem) = await AskAsync("2");
        var (stable, answer) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The service inference keeps failing at flight-delay/2; it is left alone there for a moment."), (left.StatusCode, (string?)problem["detail"]));
        Assert.Equal(asked, AskedOf("2"));
        Assert.Equal((HttpStatusCode.OK, "1"), (stable.StatusCode, (string?)answer["model"]!["version"]));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("3")).Response.StatusCode); // in no plan, so on the shared circuit
    }

    [Fact]
    public async Task Versions_that_no_plan_names_share_a_circuit_and_cannot_open_that_of_the_plan()
    {
        await FailUntilLeftAloneAsync("2");

        var (other, problem) = await AskAsync("3");
        var (policy, answer) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The service inference keeps failing; it is left alone there for a moment."), (other.StatusCode, (string?)problem["detail"]));
        Assert.Equal((HttpStatusCode.OK, "3"), (policy.StatusCode, (string?)answer["model"]!["version"]));
    }

    private async Task FailUntilLeftAloneAsync(string version)
    {
        for (var call = 0; call < Enough; call++)
        {
            if ((await AskAsync(version)).Response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return;
            }
        }

        Assert.Fail($"the circuit did not open in {Enough} calls");
    }

    private int AskedOf(string version) => gateway.Inference.Requests.Count(asked => asked.Path.EndsWith($"/{version}/infer", StringComparison.Ordinal));

    private Task<(HttpResponseMessage Response, JsonNode Body)> AskAsync(string version) => gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version={version}");

    private async Task SetAsync(string plan)
    {
        using var message = new HttpRequestMessage(HttpMethod.Put, "/v1/models/flight-delay/route") { Content = new StringContent(plan, Encoding.UTF8, "application/json") };
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
