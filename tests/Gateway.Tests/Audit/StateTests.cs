using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
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

    private static async Task<string> SendAsync(RunningGateway gateway, HttpMethod method, string path, string body)
    {
        using var message = new HttpRequestMessage(method, path) { Content = body.Length == 0 ? null : new StringContent(body) };
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
