using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Verbosity;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Verbosity;

public sealed class VerboseRuleEndpointTests : IAsyncLifetime
{
    private const string Rules = "/v1/telemetry/verbose-rules";
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings = [("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin")];

    private readonly ManualTimeProvider time = new();
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(time, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_rule_is_listed_with_all_its_conditions_until_it_is_removed()
    {
        const string Rule = """{"name":"all","ids":{"from":0,"to":0},"user":"u","session":"s","model":"m","model_version":"2","route":"/v1/models","expires":"2001-03-01T12:01:00+00:00"}""";

        var (status, set) = await SendAsync(HttpMethod.Put, $"{Rules}/all", """{"ids":{"from":0,"to":0},"user":"u","session":"s","model":"m","model_version":"2","route":"/v1/models","time_to_live_seconds":60}""");

        Assert.Equal((HttpStatusCode.OK, Rule), (status, set!.ToJsonString().Replace("\\u002B", "+", StringComparison.Ordinal)));
        Assert.Equal(set.ToJsonString(), Assert.Single(await ListAsync())!.ToJsonString());
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, $"{Rules}/all")).Status);
        Assert.Empty(await ListAsync());
        Assert.Equal((HttpStatusCode.NotFound, "name"), await RefusedAsync(HttpMethod.Delete, $"{Rules}/all"));
    }

    [Theory]
    [InlineData("a", """{"ids":{"from":1,"to":2},"time_to_live_seconds":0}""", "time_to_live_seconds")]
    [InlineData("a", """{"ids":{"from":1,"to":2},"time_to_live_seconds":86401}""", "time_to_live_seconds")]
    [InlineData("a", """{"ids":{"from":1,"to":2}}""", "time_to_live_seconds")]
    [InlineData("a", """{"ids":{"from":2,"to":1},"time_to_live_seconds":1}""", "ids")]
    [InlineData("a", """{"ids":{"from":-1,"to":1},"time_to_live_seconds":1}""", "ids")]
    [InlineData("a", """{"ids":{"from":1},"time_to_live_seconds":1}""", "ids.to")]
    [InlineData("a", """{"time_to_live_seconds":1}""", "ids")]
    [InlineData("a", """{"model_version":"1","time_to_live_seconds":1}""", "model")]
    [InlineData("a", """{"user":"","time_to_live_seconds":1}""", "user")]
    [InlineData("a", """{"users":"x","time_to_live_seconds":1}""", "users")]
    [InlineData("a", "null", "body")]
    [InlineData("A", """{"user":"u","time_to_live_seconds":1}""", "name")]
    public async Task A_rule_that_is_wrong_is_refused_with_its_field(string name, string rule, string field)
    {
        Assert.Equal((HttpStatusCode.BadRequest, field), await RefusedAsync(HttpMethod.Put, $"{Rules}/{name}", rule));
        Assert.Empty(await ListAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(86_400)]
    public async Task The_shortest_and_the_longest_time_to_live_are_taken(int seconds)
    {
        Assert.Equal(HttpStatusCode.OK, (await SetAsync("a", seconds)).Status);
    }

    [Fact]
    public async Task There_are_at_most_32_rules_one_that_is_replaced_or_has_expired_does_not_count()
    {
        foreach (var number in Enumerable.Range(1, VerboseRuleTable.MaxRules))
        {
            Assert.Equal(HttpStatusCode.OK, (await SetAsync($"rule-{number}", seconds: number == 32 ? 10 : 600)).Status);
        }

        Assert.Equal((HttpStatusCode.BadRequest, "name"), await RefusedAsync(HttpMethod.Put, $"{Rules}/rule-33", """{"user":"u","time_to_live_seconds":60}"""));
        Assert.Equal(HttpStatusCode.OK, (await SetAsync("rule-1", 600)).Status);

        time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync("the record that rule-32 expired", async () => (await gateway.AuditAsync())[^1].Contains("\"action\":\"expire\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await SetAsync("rule-33", 600)).Status);
    }

    [Fact]
    public async Task Only_an_admin_sees_and_changes_rules()
    {
        foreach (var (method, path) in new[] { (HttpMethod.Get, Rules), (HttpMethod.Put, $"{Rules}/a"), (HttpMethod.Delete, $"{Rules}/a") })
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await gateway.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task After_a_restart_the_rules_are_those_of_the_audit_log_and_what_expired_meanwhile_gets_its_record()
    {
        await SetAsync("short", 60);
        await SetAsync("long", 600);
        await SetAsync("removed", 600);
        await SendAsync(HttpMethod.Delete, $"{Rules}/removed");
        await gateway.StopHostAsync();
        time.Advance(TimeSpan.FromSeconds(60));

        await gateway.StartHostAsync(Settings);

        Assert.Equal("long", (string?)Assert.Single(await ListAsync())!["name"]);
        time.Advance(TimeSpan.FromSeconds(1));
        var expired = await Eventually.ValueAsync("the record that the rule expired", async () => JsonNode.Parse((await gateway.AuditAsync())[^1]) is { } last && (string?)last["action"] == "expire" ? last : null);
        Assert.Equal(("verbose_rule_changed", "short"), ((string?)expired["event"], (string?)expired["rule"]!["name"]));
    }

    private Task<(HttpStatusCode Status, JsonNode? Body)> SetAsync(string name, int seconds) => SendAsync(HttpMethod.Put, $"{Rules}/{name}", $$"""{"user":"u","time_to_live_seconds":{{seconds}}}""");

    private async Task<JsonArray> ListAsync() => (await SendAsync(HttpMethod.Get, Rules)).Body!["rules"]!.AsArray();

    private async Task<(HttpStatusCode Status, string? Field)> RefusedAsync(HttpMethod method, string path, string? json = null)
    {
        var (status, body) = await SendAsync(method, path, json);
        return (status, (string?)body!["errors"]![0]!["field"]);
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
