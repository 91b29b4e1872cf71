extern alias Monitoring; // it has the wire contracts' types too

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;
using Monitoring::MlAspire.Monitoring;

namespace MlAspire.Gateway.Tests.Routing;

/// <summary>The real gateway, Monitoring and Redis: what Monitoring decides of an automatic canary by what the gateway tells of its requests.</summary>
public sealed class AutomaticRolloutTests : IAsyncLifetime
{
    private const string Model = "request-only";
    private const string Route = $"/v1/models/{Model}/route";
    private const string OperatorKey = "operator-0123456789abcdef0123456789abcdef";
    private const string MonitoringKey = "monitoring-0123456789abcdef0123456789abcdef";

    private readonly ManualTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private RunningGateway gateway = null!;
    private ServiceHost monitoring = null!;
    private int asked;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(
            null, ("Access:Keys:operator:Secret", OperatorKey), ("Access:Keys:operator:Scopes", "predict,admin"), ("Access:Keys:monitoring:Secret", MonitoringKey), ("Access:Keys:monitoring:Scopes", "audit.read,rollout"));
        gateway.WriteModel(Model, FlightPipeline.NoEntitiesJson);
        monitoring = await ServiceHost.StartAsync(MonitoringApp.Build, builder => builder
            .UseSetting("ConnectionStrings:redis", gateway.Redis.ConnectionString)
            .UseSetting("Rollouts:GatewayKey", MonitoringKey)
            .UseSetting("Rollouts:MaxErrorRateIncrease", "0.1")
            .UseSetting("Rollouts:MaxLatencyIncrease", "10") // the stand-in's latency is the machine's
            .UseSetting("Rollouts:MaxAucDecrease", "")
            .UseService("gateway", gateway.Host.Address)
            .UseTime(time));
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_canary_that_fails_is_rolled_back_by_itself_and_the_audit_log_says_who_did_it_and_why()
    {
        await StartCanaryAsync(failsEvery: 2); // of the calls: the gateway tries a tenth of them again, until the canary's circuit opens, whose refusals are failures too

        var change = await VerdictAsync();

        Assert.Equal(("monitoring", "roll_back", """{"aliases":{"champion":"1"},"canary":null,"shadow":null}"""), ((string)change["actor"]!, (string)change["action"]!, change["plan"]!.ToJsonString()));
        Assert.StartsWith("error_rate is worse: ", (string)change["reason"]!, StringComparison.Ordinal);
        var errors = change["evidence"]!["criteria"]!["error_rate"]!;
        Assert.Equal(0, (double)errors["stable"]!);
        Assert.InRange((double)errors["canary"]!, 0.1, 1);
        var told = Assert.Single(monitoring.Logs.Named("rollout_rolled_back"));
        Assert.Equal((Model, "2", "1"), (told.Fields["Model"], told.Fields["ModelVersion"], told.Fields["Champion"]));
        Assert.Equal(change["evidence"]!.ToJsonString(), (await RolloutsAsync())[0]!.ToJsonString());
        Assert.Contains("error_rate is worse", await monitoring.Client.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Matches("ml_rollout_verdicts_total{.*ml_outcome=\"roll_back\".*} 1\n", await monitoring.Client.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task A_canary_that_is_as_good_is_promoted_by_itself()
    {
        await StartCanaryAsync(failsEvery: int.MaxValue);

        var change = await VerdictAsync();

        Assert.Equal(("monitoring", "promote", """{"aliases":{"champion":"2"},"canary":null,"shadow":null}"""), ((string)change["actor"]!, (string)change["action"]!, change["plan"]!.ToJsonString()));
        Assert.Equal("no worse by error_rate, latency than the margins", (string)change["reason"]!);
        Assert.Single(monitoring.Logs.Named("rollout_promoted"));
    }

    [Fact]
    public async Task Of_a_gateway_that_is_away_it_says_so_once_and_judges_nothing()
    {
        await StartCanaryAsync(failsEvery: 1);
        await gateway.StopHostAsync();
        for (var look = 0; look < 3; look++)
        {
            await Eventually.TrueAsync("Monitoring to ask again", () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return monitoring.Logs.Named("rollout_blind").Any();
            });
        }

        Assert.Equal(Model, Assert.Single(monitoring.Logs.Named("rollout_blind")).Fields["Model"]);
        Assert.Null((await RolloutsAsync())[0]!["verdict"]);
        await gateway.StartHostAsync();
    }

    /// <summary>Sets it and sends requests until Monitoring collects evidence.</summary>
    private async Task StartCanaryAsync(int failsEvery)
    {
        gateway.Inference.Answer = (question, response) =>
        {
            var canary = question.Path.Contains("/versions/2/", StringComparison.Ordinal);
            if (canary && question.Path.EndsWith("/infer", StringComparison.Ordinal) && Interlocked.Increment(ref asked) % failsEvery == 0)
            {
                response.StatusCode = StatusCodes.Status500InternalServerError;
                return Task.CompletedTask;
            }

            return question.Path.EndsWith("/ready", StringComparison.Ordinal) ? Task.CompletedTask : InferenceStandIn.WriteAsync(response, canary ? "2" : "1", [0.75f]);
        };
        await Eventually.TrueAsync("the model to be there", async () =>
        {
            using var plan = new HttpRequestMessage(HttpMethod.Put, Route) { Content = JsonContent.Create(JsonNode.Parse("""{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.5,"automatic":true}}""")) };
            plan.Headers.Add("x-api-key", OperatorKey);
            using var response = await gateway.Client.SendAsync(plan);
            return response.StatusCode == HttpStatusCode.OK;
        });
        await Eventually.TrueAsync("Monitoring to hear of the canary", async () =>
        {
            await PredictAsync(1);
            time.Advance(TimeSpan.FromSeconds(5));
            return (await RolloutsAsync()).Count == 1;
        });
    }

    /// <summary>Sends requests until the route is changed, and gives the record of the change.</summary>
    private Task<JsonNode> VerdictAsync() => Eventually.ValueAsync("a verdict", async () =>
    {
        await PredictAsync(50);
        time.Advance(TimeSpan.FromSeconds(5));
        return (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).LastOrDefault(record => (string)record["event"]! == "route_changed" && (string)record["action"]! != "set");
    }, TimeSpan.FromMinutes(1));

    private async Task PredictAsync(int requests)
    {
        var request = RunningGateway.Request(1946);
        request.Remove("entities");
        for (var i = 0; i < requests; i++)
        {
            await gateway.PostAsync(request, $"/v1/models/{Model}/predict");
        }
    }

    private async Task<JsonArray> RolloutsAsync() => JsonNode.Parse(await monitoring.Client.GetStringAsync("/v1/rollouts"))!["rollouts"]!.AsArray();
}
