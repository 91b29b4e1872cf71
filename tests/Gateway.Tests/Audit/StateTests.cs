using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class StateTests
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly (string, string)[] Settings = [("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "predict,audit.read,admin")];

    [Fact]
    public async Task The_state_of_any_moment_is_what_the_history_says_also_after_a_restart()
    {
        var time = new ManualTimeProvider(Start);
        await using var gateway = await RunningGateway.StartAsync(time, Settings);
        gateway.Inference.Answer = (_, response) => response.WriteAsync("{}");
        (int Minute, HttpMethod Method, string Path, string Body)[] history =
        [
            (10, HttpMethod.Put, "/v1/models/flight-delay/route", """{"aliases":{"champion":"1"}}"""),
            (20, HttpMethod.Put, "/v1/telemetry/verbose-rules/watch", """{"time_to_live_seconds":1800,"model":"flight-delay"}"""), // until minute 50
            (30, HttpMethod.Put, "/v1/models/flight-delay/route", """{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.25}}"""),
            (40, HttpMethod.Post, "/v1/models/flight-delay/route/promote", ""),
            (60, HttpMethod.Put, "/v1/telemetry/verbose-rules/other", """{"time_to_live_seconds":86400,"route":"/v1/audit/state"}"""),
            (61, HttpMethod.Post, "/v2/logging", """{"log_verbose_level": 2, "log_info": true}"""),
            (62, HttpMethod.Post, "/v2/repository/models/spare/load", """{"parameters": {"config": "{}"}}"""),
            (65, HttpMethod.Post, "/v2/repository/models/spare/unload", ""),
            (66, HttpMethod.Post, "/v2/logging", """{"log_verbose_level": null}"""),
            (70, HttpMethod.Delete, "/v1/telemetry/verbose-rules/other", ""),
        ];
        foreach (var (minute, method, path, body) in history)
        {
            time.Advance(Start.AddMinutes(minute) - time.GetUtcNow());
            await SendAsync(gateway, method, path, body);
        }

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);
        var random = new Random(4711);
        for (var i = 0; i < 100; i++)
        {
            var minute = random.NextDouble() * 80;
            var state = JsonNode.Parse(await SendAsync(gateway, HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/audit/state?at={Start.AddMinutes(minute):yyyy-MM-ddTHH:mm:ss.fffffff}Z"), ""))!;
            var plan = state["routes"]!["flight-delay"];
            Assert.Equal(
                minute < 10 ? (null, null) : minute < 30 ? ("1", null) : minute < 40 ? ("1", 0.25) : ((string?)"2", (double?)null),
                ((string?)plan?["aliases"]?["champion"], (double?)plan?["canary"]?["weight"]));
            Assert.Equal(
                minute is >= 20 and < 50 ? ["watch"] : minute is >= 60 and < 70 ? ["other"] : (string[])[],
                state["verbose_rules"]!.AsArray().Select(rule => (string)rule!["name"]!));
            Assert.Equal(
                minute is < 61 or >= 66 ? "{}" : """{"log_info":true,"log_verbose_level":2}""", // the server gives the whole level back
                state["model_server"]!["log_settings"]!.ToJsonString());
            Assert.Equal(
                minute < 62 ? (null, null) : minute < 65 ? (true, "auditor") : ((bool?)false, (string?)"auditor"),
                ((bool?)state["model_server"]!["models"]!["spare"]?["loaded"], (string?)state["model_server"]!["models"]!["spare"]?["actor"]));
        }
    }

    [Fact]
    public async Task Thresholds_fallbacks_and_the_versions_that_had_answered_are_those_of_the_moment_each_recorded_once()
    {
        var time = new ManualTimeProvider(Start);
        await using var gateway = await RunningGateway.StartAsync(time, Settings);
        await AtAsync(5, () => gateway.WriteModel("request-only", FlightPipeline.RequestOnlyJson));
        await gateway.PostAsync(RunningGateway.Request(1)); // version 3
        await AtAsync(15, () => gateway.WriteModel("flight-delay", FlightPipeline.WithFallbackJson.Replace("0.5, \"labels\"", "0.75, \"labels\"", StringComparison.Ordinal)));
        time.Advance(Start.AddMinutes(20) - time.GetUtcNow());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => gateway.PostAsync(RunningGateway.Request(1), $"{RunningGateway.Predict}?version=2")));
        await AtAsync(30, () => Directory.Delete(Path.GetDirectoryName(gateway.ModelFile("request-only"))!, recursive: true));

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);
        await gateway.PostAsync(RunningGateway.Request(1));

        var events = WrittenAudit.Records(gateway.AuditDirectory).Select(record => (string)JsonNode.Parse(record)!["event"]!).ToArray();
        Assert.Equal((4, 2), (events.Count(name => name == "pipeline_changed"), events.Count(name => name == "version_first_answered")));
        var random = new Random(4711);
        for (var i = 0; i < 100; i++)
        {
            var minute = random.NextDouble() * 40;
            var state = JsonNode.Parse(await SendAsync(gateway, HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/audit/state?at={Start.AddMinutes(minute):yyyy-MM-ddTHH:mm:ss.fffffff}Z"), ""))!;
            var (pipeline, other) = (state["pipelines"]!["flight-delay"]!, state["pipelines"]!["request-only"]);
            var changed = minute >= 15 + (2 / 60.0);
            Assert.Equal(changed ? (0.75, "request-only", 0.5) : (0.5, null, null), ((double)pipeline["threshold"]!, (string?)pipeline["fallback"]?["model"], (double?)pipeline["fallback"]?["max_stale_share"]));
            Assert.Equal(changed ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(gateway.ModelFile("flight-delay")))) : Sha256OfFirst, (string?)pipeline["sha256"]);
            Assert.Equal(minute >= 5 + (2 / 60.0) && minute < 30 + (2 / 60.0) ? 0.7 : null, (double?)other?["threshold"]);
            Assert.Equal(
                minute < 5 + (2 / 60.0) ? [] : minute < 20 ? ["3 sha256:3"] : (string[])["3 sha256:3", "2 sha256:2"],
                state["versions"]!["flight-delay"]?.AsArray().Select(version => $"{version!["version"]} {version["model_digest"]}") ?? []);
        }

        async Task AtAsync(int minute, Action change) // and is taken over two seconds later
        {
            time.Advance(Start.AddMinutes(minute) - time.GetUtcNow());
            var before = gateway.Host.Logs.Named("pipelines_loaded").Count();
            change();
            time.Advance(TimeSpan.FromSeconds(2));
            await Eventually.TrueAsync("the change", () => gateway.Host.Logs.Named("pipelines_loaded").Count() > before);
        }
    }

    [Fact]
    public async Task A_pipeline_that_cannot_be_recorded_does_not_hold()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.WithFallbackJson);
        var pipelines = gateway.Host.Services.GetRequiredService<PipelineTable>();
        gateway.Host.Services.GetRequiredService<AuditLog>().Refuse(new InvalidDataException("it is another one"));

        await pipelines.ReloadAsync(TestContext.Current.CancellationToken);

        Assert.Null(pipelines.Current.Models["flight-delay"].Definition.Fallback);
    }

    [Fact]
    public async Task The_first_answer_of_a_version_says_so_in_the_record_behind_it()
    {
        await using var gateway = await RunningGateway.StartAsync();

        await gateway.PostAsync(RunningGateway.Request(1, 2), headers: ("x-correlation-id", "c-1"));

        var records = WrittenAudit.Records(gateway.AuditDirectory).Select(record => JsonNode.Parse(record)!).ToArray();
        Assert.Equal(["pipeline_changed", "prediction_audit", "prediction_audit", "version_first_answered"], records.Select(record => (string?)record["event"]));
        Assert.Equal(
            ("flight-delay", "3", "sha256:3", "c-1", (string?)records[1]["timestamp"]),
            ((string?)records[3]["model"], (string?)records[3]["model_version"], (string?)records[3]["model_digest"], (string?)records[3]["correlation_id"], (string?)records[3]["timestamp"]));
    }

    private static string Sha256OfFirst => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FlightPipeline.Json)));

    private static async Task<string> SendAsync(RunningGateway gateway, HttpMethod method, string path, string body)
    {
        using var message = new HttpRequestMessage(method, path) { Content = body.Length == 0 ? null : new StringContent(body) };
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
