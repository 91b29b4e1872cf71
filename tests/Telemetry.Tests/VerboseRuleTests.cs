using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>Rules that are set while the services run: Debug lines of these requests alone, on every hop.</summary>
public sealed class VerboseRuleTests
{
    private const string Rule = "/v1/telemetry/verbose-rules/incident-7";

    [Fact]
    public async Task A_rule_for_ids_1000_to_1999_makes_only_these_debug_on_every_hop_until_it_expires_by_itself_and_is_audited()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var services = await RunningServices.StartAsync(configure: (name, builder) =>
        {
            if (name == RunningServices.Gateway)
            {
                builder.UseTime(time);
            }
        });
        await SetAsync(services, """{"ids": {"from": 1000, "to": 1999}, "time_to_live_seconds": 600}""");

        Assert.Equal(["flight-1000", "flight-1500", "flight-1999"], await VerboseAsync(services, "flight-999", "flight-1000", "flight-1500", "flight-1999", "flight-2000", "11500", "flight"));
        time.Advance(TimeSpan.FromSeconds(599));
        Assert.Contains("last-1001", await VerboseAsync(services, "last-1001"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("late-1001", await VerboseAsync(services, "late-1001"));

        var changes = await Eventually.ValueAsync("the record that the rule expired", async () =>
        {
            var (_, page) = await services.AdminAsync(HttpMethod.Get, "/v1/audit/records?event=verbose_rule_changed");
            return page!["records"]!.AsArray() is { Count: 2 } records ? records.Select(record => record!["record"]!).Reverse().ToArray() : null;
        });
        Assert.Equal([("set", "operator"), ("expire", null)], changes.Select(change => ((string?)change["action"], (string?)change["actor"])));
        Assert.All(changes, change => Assert.Equal(("incident-7", 1000, 1999), ((string?)change["rule"]!["name"], (int)change["rule"]!["ids"]!["from"]!, (int)change["rule"]!["ids"]!["to"]!)));
        Assert.Equal(600, ((DateTimeOffset)changes[0]["rule"]!["expires"]! - (DateTimeOffset)changes[0]["timestamp"]!).TotalSeconds);
        Assert.Empty((await services.AdminAsync(HttpMethod.Get, "/v1/telemetry/verbose-rules")).Body!["rules"]!.AsArray());
    }

    [Fact]
    public async Task A_rule_for_a_session_is_by_its_pseudonym_and_one_that_is_removed_holds_no_longer()
    {
        await using var services = await RunningServices.StartAsync();
        await services.PredictAsync("first", ("x-session-id", "s-77"));
        var pseudonym = (string)(await services.LinesOfRequestsAsync(RunningServices.Inference, "first")).First(line => (string?)line["correlation_id"] == "first")["session_pseudo_id"]!;
        await SetAsync(services, $$"""{"session": "{{pseudonym}}", "time_to_live_seconds": 600}""");

        await services.PredictAsync("theirs", ("x-session-id", "s-77"));
        await services.PredictAsync("others", ("x-session-id", "s-78"));
        Assert.Equal(["theirs"], await VerboseAsync(services, "nobody"));

        await services.AdminAsync(HttpMethod.Delete, Rule);
        await services.PredictAsync("later", ("x-session-id", "s-77"));
        Assert.Equal(["theirs"], await VerboseAsync(services, "nobody-2"));
    }

    [Fact]
    public async Task A_rule_for_a_version_holds_from_the_moment_the_request_is_routed_to_it()
    {
        await using var services = await RunningServices.StartAsync();
        await SetAsync(services, """{"model": "flight-delay", "model_version": "1", "time_to_live_seconds": 600}""");
        await services.AdminAsync(HttpMethod.Put, "/v1/models/flight-delay/route", """{"aliases": {"champion": "1"}}""");

        Assert.Equal(["routed"], await VerboseAsync(services, "routed"));

        await SetAsync(services, """{"model": "flight-delay", "model_version": "2", "time_to_live_seconds": 600}""");
        Assert.Equal(["routed"], await VerboseAsync(services, "not-2"));
    }

    [Fact]
    public async Task A_rule_for_a_route_reaches_the_service_behind_the_proxy_too()
    {
        await using var services = await RunningServices.StartAsync();
        await SetAsync(services, """{"route": "/v2/models/{model}/infer", "time_to_live_seconds": 600}""");
        var input = JsonNode.Parse($$"""{"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 17], "data": [{{string.Join(',', Enumerable.Repeat("0", 17))}}]}]}""");

        var (status, _) = await services.SendAsync(HttpMethod.Post, "/v2/models/flight-delay/infer", input, ("x-correlation-id", "v2"));
        await services.PredictAsync("v1");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["v2"], VerboseIds(await services.LinesOfRequestsAsync(RunningServices.Inference, "v2", "v1")));
    }

    private static async Task SetAsync(RunningServices services, string rule)
    {
        var (status, answer) = await services.AdminAsync(HttpMethod.Put, Rule, rule);
        Assert.True(status == HttpStatusCode.OK, answer?.ToJsonString());
    }

    /// <summary>Predicts with these ids; of all requests until now, those with Debug lines: the same in every service.</summary>
    private static async Task<string[]> VerboseAsync(RunningServices services, params string[] ids)
    {
        foreach (var id in ids)
        {
            Assert.Equal(HttpStatusCode.OK, await services.PredictAsync(id));
        }

        string[][] verbose = [.. await Task.WhenAll(RunningServices.Passed.Select(async service => VerboseIds(await services.LinesOfRequestsAsync(service, ids))))];
        Assert.Equal(verbose[0], verbose[1]);
        Assert.Equal(verbose[0], verbose[2]);
        return verbose[0];
    }

    private static string[] VerboseIds(IEnumerable<JsonObject> lines) =>
        [.. lines.Where(line => (string?)line["level"] == "DEBUG").Select(line => (string)line["correlation_id"]!).Distinct().Order(StringComparer.Ordinal)];
}
