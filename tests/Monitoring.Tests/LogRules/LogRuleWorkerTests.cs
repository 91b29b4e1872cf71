using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Tests.Logs;
using MlAspire.Testing;

namespace MlAspire.Monitoring.Tests.LogRules;

[Collection(nameof(Alone))]
public sealed class LogRuleWorkerTests : IAsyncLifetime
{
    private readonly LogsFolder folder = new();
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync()
    {
        Write("feature_missing", 9); // before the start
        monitoring = await RunningMonitoring.StartAsync(
            ("Logs:Directory", folder.Path), ("LogRules:Rules:0:Name", "features_missing"), ("LogRules:Rules:0:Where:event", "feature_missing"), ("LogRules:Rules:0:Count", "5"));
        await RuleAsync("features_missing", rule => true);
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_rule_fires_from_the_lines_of_services_alone()
    {
        Write("feature_missing", 4);
        Write("other", 9);
        await RuleAsync("features_missing", rule => (int)rule["count"]! == 4 && rule["firing_since"] is null);

        Write("feature_missing", 1);

        await RuleAsync("features_missing", rule => (int)rule["count"]! == 5 && rule["firing_since"] is not null);
        Assert.Equal(5, Assert.Single(monitoring.Host.Logs.Named("log_rule_fired")).Fields["Count"]);
        var metrics = await monitoring.Host.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Matches("""ml_log_rule_matches_total\{[^}]*rule="features_missing"[^}]*\} 5""", metrics);
        Assert.Matches("""ml_log_rule_firing[a-z_]*\{[^}]*rule="features_missing"[^}]*\} 1""", metrics);
    }

    [Fact]
    public async Task Rules_are_added_while_it_runs_and_wrong_ones_leave_those_before()
    {
        var configuration = (IConfigurationRoot)monitoring.Host.App.Configuration;
        configuration["LogRules:Rules:1:Name"] = "slow";
        configuration.Reload();
        await Eventually.TrueAsync("the rule without a condition to be refused", () => monitoring.Host.Logs.Named("log_rules_unusable").Any());
        await RuleAsync("features_missing", rule => true);

        configuration["LogRules:Rules:1:Where:event"] = "slow";
        configuration.Reload();
        await RuleAsync("slow", rule => (int)rule["fires_at"]! == 1);
        Write("slow", 1);

        await RuleAsync("slow", rule => rule["firing_since"] is not null);
        Assert.Single(monitoring.Host.Logs.Named("log_rules_unusable"));
    }

    private void Write(string name, int count) => folder.Write("gateway", Enumerable.Range(0, count).Select(_ => LogsFolder.LineAt(TimeProvider.System.GetUtcNow(), "x", ("event", name))));

    private Task<JsonNode> RuleAsync(string name, Func<JsonNode, bool> condition) => Eventually.ValueAsync($"the state of the rule {name}", async () =>
    {
        var rules = JsonNode.Parse(await monitoring.Host.Client.GetStringAsync("/v1/log-rules"))!["rules"]!.AsArray();
        return rules.FirstOrDefault(rule => (string?)rule!["name"] == name && condition(rule));
    });
}
