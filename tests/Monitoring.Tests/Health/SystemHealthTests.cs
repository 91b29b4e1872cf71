using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Tests.Logs;
using MlAspire.Testing;

namespace MlAspire.Monitoring.Tests.Health;

/// <summary>Monitoring looks at another of its kind, whose Redis comes and goes.</summary>
public sealed class SystemHealthTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly LogsFolder folder = new();
    private RunningMonitoring monitoring = null!;
    private RunningMonitoring other = null!;

    public async ValueTask InitializeAsync()
    {
        other = await RunningMonitoring.StartAsync();
        monitoring = await RunningMonitoring.StartAsync(time, ("Logs:Directory", folder.Path), ("LogRules:Rules:0:Name", "failures"), ("LogRules:Rules:0:Where:event", "failed"));
        Add("other", other.Host.Address.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        await other.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task It_says_what_each_service_says_of_itself_as_long_as_it_does()
    {
        await UntilAsync(HttpStatusCode.OK, health => Status(health, "other") == "Healthy");

        await other.Redis.KillAsync();
        var lost = await UntilAsync(HttpStatusCode.ServiceUnavailable, health => Status(health, "other") == "Unhealthy");
        Assert.Equal(("Unhealthy", "Unhealthy"), ((string?)lost["status"], (string?)lost["services"]!["other"]!["checks"]!["redis"]!["status"]));
        Assert.Matches("<li class=\"Unhealthy\"><b>other</b> Unhealthy.*<br><span>redis: ", await monitoring.Host.Client.GetStringAsync("/"));

        await other.Redis.RestartAsync();
        await UntilAsync(HttpStatusCode.OK, health => Status(health, "other") == "Healthy");
        Assert.Contains("<li class=\"Healthy\"><b>other</b> Healthy</li>", await monitoring.Host.Client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_a_service_s_health_changes_one_line_says_so_and_why()
    {
        await UntilAsync(HttpStatusCode.OK, health => Status(health, "other") == "Healthy");
        Assert.Empty(Lines("service_healthy"));

        await other.Redis.KillAsync();
        await UntilAsync(HttpStatusCode.ServiceUnavailable, health => Status(health, "other") == "Unhealthy");
        time.Advance(SystemHealthWorker.Interval);
        time.Advance(SystemHealthWorker.Interval);
        await other.Redis.RestartAsync();
        await UntilAsync(HttpStatusCode.OK, health => Status(health, "other") == "Healthy");

        await Eventually.TrueAsync("a line that it is healthy", () => Lines("service_healthy").Length == 1);
        var lost = Assert.Single(Lines("service_not_healthy"));
        Assert.Equal(("Unhealthy", true), ((string?)lost.Fields["Health"], ((string?)lost.Fields["Reason"])!.StartsWith("redis: ", StringComparison.Ordinal)));

        RecordedLog[] Lines(string name) => [.. monitoring.Host.Logs.Named(name).Where(line => (string?)line.Fields["WatchedService"] == "other")];
    }

    [Fact]
    public async Task A_service_that_is_gone_or_answers_something_else_is_unhealthy()
    {
        Add("gone", "http://127.0.0.1:1");
        Add("redis", $"http://127.0.0.1:{other.Redis.Port}"); // answers, but not HTTP

        var health = await UntilAsync(HttpStatusCode.ServiceUnavailable, health => Status(health, "gone") == "Unhealthy" && Status(health, "redis") == "Unhealthy" && Status(health, "other") == "Healthy");

        Assert.Equal("It does not answer: ConnectionError.", (string?)health["services"]!["gone"]!["checks"]!["answer"]!["description"]);
        Assert.StartsWith("It does not answer: ", (string?)health["services"]!["redis"]!["checks"]!["answer"]!["description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_rule_that_fires_is_among_what_is_wrong()
    {
        folder.Write("gateway", [LogsFolder.LineAt(time.GetUtcNow(), "x", ("event", "other"))]);
        await UntilAsync(HttpStatusCode.OK, health => health["firing_rules"]!.AsArray().Count == 0 && Status(health, "other") == "Healthy");

        folder.Write("gateway", [LogsFolder.LineAt(time.GetUtcNow(), "y", ("event", "failed"))]);

        await UntilAsync(HttpStatusCode.OK, health => health["firing_rules"]!.AsArray() is [{ } rule] && (string?)rule == "failures");
    }

    private static string? Status(JsonNode health, string service) => (string?)health["services"]![service]?["status"];

    private void Add(string service, string address)
    {
        var configuration = (IConfigurationRoot)monitoring.Host.App.Configuration;
        configuration[$"services:{service}:http:0"] = address;
        configuration.Reload();
    }

    private async Task<JsonNode> UntilAsync(HttpStatusCode status, Func<JsonNode, bool> condition) => await Eventually.ValueAsync("the verdict", async () =>
    {
        time.Advance(SystemHealthWorker.Interval);
        using var answer = await monitoring.Host.Client.GetAsync("/v1/system-health");
        var health = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return answer.StatusCode == status && condition(health) ? health : null;
    });
}
