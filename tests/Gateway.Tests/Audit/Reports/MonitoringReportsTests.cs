extern alias Monitoring; // it has the wire contracts' types too

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;
using Monitoring::MlAspire.Monitoring;

namespace MlAspire.Gateway.Tests.Audit.Reports;

/// <summary>The real gateway and Monitoring: what happens in Monitoring stands in the gateway's audit log.</summary>
public sealed class MonitoringReportsTests : IAsyncLifetime
{
    private const string Key = "monitoring-0123456789abcdef0123456789abcdef";

    private readonly ManualTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly DirectoryInfo logs = Directory.CreateTempSubdirectory("mlaspire-logs-");
    private RunningGateway gateway = null!;
    private ServiceHost monitoring = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(logs.FullName, "gateway"));
        gateway = await RunningGateway.StartAsync(null, Settings);
        monitoring = await StartMonitoringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        await gateway.DisposeAsync();
        logs.Delete(recursive: true);
    }

    private static (string, string)[] Settings => [("Access:Keys:monitoring:Secret", Key), ("Access:Keys:monitoring:Scopes", "audit.read,audit.write")];

    [Fact]
    public async Task Labels_leave_one_record_with_their_number_and_digest_and_without_it_none_is_taken()
    {
        Assert.Equal(HttpStatusCode.OK, (await FeedbackAsync("p-1", "p-2")).StatusCode);

        var record = Assert.Single(await RecordsAsync("labels_written"));
        Assert.Equal(("monitoring", "feedback", 2, 1), ((string?)record["actor"], (string?)record["name"], (int?)record["facts"]!["labels"], (int?)record["facts"]!["positive"]));
        Assert.Matches("^[0-9a-f]{64}$", (string?)record["facts"]!["sha256"]);

        await gateway.StopHostAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await FeedbackAsync("p-3")).StatusCode);
        await gateway.StartHostAsync(Settings);
        Assert.Single(await RecordsAsync("labels_written"));
    }

    [Fact]
    public async Task A_key_of_Monitoring_that_the_gateway_does_not_know_is_not_told_as_the_callers_fault_and_no_label_is_taken()
    {
        await gateway.StopHostAsync();
        await gateway.StartHostAsync([("Access:Keys:monitoring:Secret", Key.Replace('0', '1')), ("Access:Keys:monitoring:Scopes", "audit.read,audit.write")]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await FeedbackAsync("p-1")).StatusCode);

        Assert.Empty(await RecordsAsync("labels_written"));
    }

    [Fact]
    public async Task An_alert_is_in_the_log_when_it_begins_and_when_it_ends_also_when_Monitoring_was_started_anew_meanwhile()
    {
        await ReportAsync("""{"event":"alert_fired","name":"disk of somebody else"}""");

        // The line is written again until the rule, which begins at the end of the file, has seen it.
        await AdvanceUntilAsync("alert_fired", () => File.AppendAllText(
            Path.Combine(logs.FullName, "gateway", "gateway.jsonl"), $$"""{"timestamp":"{{time.GetUtcNow().UtcDateTime:O}}","level":"ERROR","message":"x"}""" + "\n"));
        await monitoring.DisposeAsync();
        monitoring = await StartMonitoringAsync();
        await AdvanceUntilAsync("alert_cleared", () => { });

        Assert.Equal(["disk of somebody else", "log_rule errors", "log_rule errors"], (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).Where(record => ((string)record["event"]!).StartsWith("alert_", StringComparison.Ordinal)).Select(record => (string)record["name"]!));
        Assert.NotNull((await RecordsAsync("alert_fired"))[1]["facts"]!["since"]);
    }

    [Fact]
    public async Task Labels_that_are_taken_back_and_given_again_leave_a_record_each_and_one_when_they_are_repeated_under_their_key()
    {
        foreach (var id in new[] { "p-1", "p-2", "p-1" })
        {
            Assert.Equal(HttpStatusCode.OK, (await FeedbackAsync(id)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await FeedbackUnderAsync("key-1", "p-1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await FeedbackUnderAsync("key-1", "p-1")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await FeedbackUnderAsync("key-1", "p-2")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await FeedbackUnderAsync("no key", "p-1")).StatusCode);

        Assert.Equal(4, (await RecordsAsync("labels_written")).Length);
    }

    [Fact]
    public async Task Labels_and_alerts_whose_answer_was_lost_are_told_again_and_recorded_once()
    {
        var forwarded = new ConcurrentQueue<(string Event, string? Key)>();
        await using var relay = await StandIn.StartAsync(ForwardAsync);
        await monitoring.DisposeAsync();
        monitoring = await StartMonitoringAsync(relay.Address);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await FeedbackUnderAsync("key-1", "p-1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await FeedbackUnderAsync("key-1", "p-1")).StatusCode);
        await AdvanceUntilAsync("alert_fired", () => File.AppendAllText(
            Path.Combine(logs.FullName, "gateway", "gateway.jsonl"), $$"""{"timestamp":"{{time.GetUtcNow().UtcDateTime:O}}","level":"ERROR","message":"x"}""" + "\n"));
        await AdvanceUntilAsync("alert_cleared", () => { });
        await Eventually.TrueAsync("each is told again", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return forwarded.Count == 6;
        }, TimeSpan.FromMinutes(1));

        Assert.Equal(["alert_cleared", "alert_fired", "labels_written"], forwarded.Distinct().Select(report => report.Event).Order()); // twice, under one key
        Assert.Single(await RecordsAsync("labels_written"));
        Assert.Single(await RecordsAsync("alert_fired"));
        Assert.Single(await RecordsAsync("alert_cleared"));

        async Task ForwardAsync(Asked asked, HttpResponse response)
        {
            using var request = new HttpRequestMessage(new(asked.Method), asked.Path);
            request.Headers.Add("x-api-key", asked.Header("x-api-key"));
            var key = asked.Header("idempotency-key");
            request.Headers.Add("idempotency-key", key is null ? [] : [key]);
            request.Content = asked.Body.Length > 0 ? new ByteArrayContent(asked.Body) { Headers = { ContentType = new("application/json") } } : null;
            using var answer = await gateway.Client.SendAsync(request);
            if (asked.Path == "/v1/audit/events")
            {
                var name = (string)JsonNode.Parse(asked.Body)!["event"]!;
                var isFirst = forwarded.All(report => report.Event != name);
                forwarded.Enqueue((name, key));
                if (isFirst)
                {
                    await StandIn.DieInAnswerAsync(response);
                    return;
                }
            }

            (response.StatusCode, response.ContentType) = ((int)answer.StatusCode, "application/json");
            await response.WriteAsync(await answer.Content.ReadAsStringAsync());
        }
    }

    private Task<ServiceHost> StartMonitoringAsync(Uri? address = null) => ServiceHost.StartAsync(MonitoringApp.Build, builder => builder
        .UseSetting("ConnectionStrings:redis", gateway.Redis.ConnectionString)
        .UseSetting("Reports:GatewayKey", Key)
        .UseSetting("Logs:Directory", logs.FullName)
        .UseSetting("LogRules:Rules:0:Name", "errors").UseSetting("LogRules:Rules:0:Where:message", "x").UseSetting("LogRules:Rules:0:Window", "00:00:30")
        .UseService("gateway", address ?? gateway.Host.Address)
        .UseTime(time));

    private Task AdvanceUntilAsync(string name, Action act) => Eventually.TrueAsync($"a record {name}", async () =>
    {
        act();
        time.Advance(TimeSpan.FromSeconds(1));
        return (await RecordsAsync(name)).Any(record => (string?)record["name"] == "log_rule errors");
    }, TimeSpan.FromMinutes(1));

    private async Task<JsonNode[]> RecordsAsync(string name) => [.. (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).Where(record => (string?)record["event"] == name)];

    private async Task ReportAsync(string report)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/audit/events") { Content = new StringContent(report, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private Task<HttpResponseMessage> FeedbackAsync(params string[] ids) => FeedbackUnderAsync(null, ids);

    private async Task<HttpResponseMessage> FeedbackUnderAsync(string? key, params string[] ids)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/feedback") { Content = JsonContent.Create(new { labels = ids.Select((id, i) => new { prediction_id = id, positive = i == 0 }) }) };
        request.Headers.Add("idempotency-key", key is null ? [] : [key]);
        return await monitoring.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
