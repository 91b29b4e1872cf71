using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit.Reports;

public sealed class ReportTests
{
    private const string Reporter = "monitoring-0123456789abcdef0123456789abcdef";
    private const string Other = "other-0123456789abcdef0123456789abcdef";
    private const string Auditor = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string, string)[] Settings =
    [
        ("Access:Keys:monitoring:Secret", Reporter), ("Access:Keys:monitoring:Scopes", "audit.write"), ("Access:Keys:auditor:Secret", Auditor), ("Access:Keys:auditor:Scopes", "audit.read,admin"),
    ];

    [Fact]
    public async Task A_report_is_one_record_with_who_and_what_and_an_alert_holds_until_it_is_cleared_also_after_a_restart()
    {
        var time = new ManualTimeProvider(Start);
        await using var gateway = await RunningGateway.StartAsync(time, Settings);
        time.Advance(TimeSpan.FromMinutes(10));
        var fired = await SendAsync(gateway, """{"event":"alert_fired","name":"log_rule errors","facts":{"since":"2001-03-01T00:09:58Z"}}""");
        time.Advance(TimeSpan.FromMinutes(10));
        await SendAsync(gateway, """{"event":"alert_cleared","name":"log_rule errors"}""");

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        var record = (await ReadAsync(gateway, $"/v1/audit/records/{(long)fired["index"]!}"))["record"]!.AsObject();
        Assert.NotEqual("", (string)record["correlation_id"]!);
        record.Remove("correlation_id");
        Assert.Equal(
            """{"schema":1,"event":"alert_fired","timestamp":"2001-03-01T00:10:00\u002B00:00","name":"log_rule errors","actor":"monitoring","facts":{"since":"2001-03-01T00:09:58Z"}}""", record.ToJsonString());
        Assert.Equal("{}", await AlertsAsync(9));
        Assert.Equal("""{"log_rule errors":{"since":"2001-03-01T00:10:00\u002B00:00","actor":"monitoring","facts":{"since":"2001-03-01T00:09:58Z"}}}""", await AlertsAsync(10));
        Assert.Equal("{}", await AlertsAsync(20));

        async Task<string> AlertsAsync(int minute) =>
            (await ReadAsync(gateway, $"/v1/audit/state?at=2001-03-01T00:{minute:00}:30Z"))["alerts"]!.ToJsonString();
    }

    [Fact]
    public async Task Labels_and_training_runs_are_recorded_and_not_kept_in_memory_also_after_a_restart()
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        await SendAsync(gateway, """{"event":"training_run_completed","name":"flight-delay","facts":{"version":2}}""");
        await SendAsync(gateway, """{"event":"labels_written","name":"feedback","facts":{"labels":3}}""");
        await SendAsync(gateway, """{"event":"alert_fired","name":"log_rule errors"}""");

        Assert.Equal(["alert_fired"], Kept());
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        Assert.Equal(["alert_fired"], Kept());
        Assert.Equal(["labels_written", "training_run_completed"], (await gateway.AuditAsync()).Select(record => (string)JsonNode.Parse(record)!["event"]!).Where(name => name is "labels_written" or "training_run_completed").Order());

        string[] Kept() => [.. gateway.Host.Services.GetRequiredService<AuditLog>().Events.Select(record => AnyEvent.NameOf(record)!).Where(name => name is "labels_written" or "training_run_completed" or "alert_fired")];
    }

    [Theory]
    [InlineData("""{"event":"alert_fired","name":"log_rule errors","facts":{"since":"2001-03-01T00:09:58Z","token":"x"}}""")] // kept in memory
    [InlineData("""{"event":"labels_written","name":"feedback"}""")]
    public async Task A_report_that_is_sent_again_under_its_key_is_recorded_once_also_at_the_same_time_and_after_a_restart_and_in_a_sealed_segment(string report)
    {
        (string, string)[] settings = [.. Settings, ("Access:Keys:other:Secret", Other), ("Access:Keys:other:Scopes", "audit.write"), ("Audit:SegmentBytes", "65536")];
        await using var gateway = await RunningGateway.StartAsync(null, settings);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RepeatAsync()));
        Assert.Single(answers.Select(answer => answer.Index).Distinct());
        Assert.Single(answers, answer => !answer.Replayed);
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(settings);
        Assert.Equal((answers[0].Index, true), await RepeatAsync());

        for (var i = 0; i < 20; i++) // the segment ends
        {
            await SendAsync(gateway, $$$"""{"event":"labels_written","name":"{{{i}}}","facts":{"text":"{{{new string('x', 8_000)}}}"}}""");
        }

        await Eventually.TrueAsync("a seal", () => Directory.EnumerateFiles(gateway.AuditDirectory, "*.seal").Any());
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(settings);
        Assert.Equal((answers[0].Index, true), await RepeatAsync("\"key-1\""));

        Assert.Equal("prediction_id", (string?)(await ReadAsync(gateway, $"/v1/predictions/{Uri.EscapeDataString("report\nmonitoring\nkey-1")}"))["errors"]![0]!["field"]);
        Assert.NotEqual((answers[0].Index, true), await RepeatAsync("key-2"));
        Assert.NotEqual((answers[0].Index, true), await RepeatAsync(caller: Other));
        Assert.Equal(3, (await gateway.AuditAsync()).Count(record => (string?)JsonNode.Parse(record)!["idempotency_key"] is not null));

        async Task<(long Index, bool Replayed)> RepeatAsync(string key = "key-1", string caller = Reporter)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/audit/events") { Content = new StringContent(report, Encoding.UTF8, "application/json") };
            request.Headers.Add("x-api-key", caller);
            request.Headers.Add("idempotency-key", key);
            using var response = await gateway.Client.SendAsync(request);
            return ((long)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["index"]!, response.Headers.Contains("idempotency-replayed"));
        }
    }

    [Fact]
    public async Task Names_in_the_facts_that_are_the_same_once_they_are_redacted_are_kept_apart_and_the_state_can_be_read()
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        const string Report = """{"event":"alert_fired","name":"x","facts":{"a@x.org":1,"b@x.org":2,"big":1e99999999999,"text":"\u00e9<"}}""";

        var first = await SendAsync(gateway, Report, idempotencyKey: "key-1");
        var again = await SendAsync(gateway, Report, idempotencyKey: "key-1");

        Assert.Equal((long)first["index"]!, (long)again["index"]!);
        var facts = (await ReadAsync(gateway, "/v1/audit/state"))["alerts"]!["x"]!["facts"]!.AsObject();
        Assert.Equal(["[redacted]", "[redacted] 2", "big", "text"], facts.Select(fact => fact.Key));
    }

    [Theory]
    [InlineData("key-1", """{"event":"alert_cleared","name":"x"}""")]
    [InlineData("key-1", """{"event":"alert_fired","name":"y"}""")]
    [InlineData("key-1", """{"event":"alert_fired","name":"x","facts":{"n":1}}""")]
    [InlineData("not a key", """{"event":"alert_fired","name":"x"}""")]
    public async Task A_key_of_another_report_and_what_is_no_key_are_refused_and_nothing_is_recorded(string key, string report)
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        await SendAsync(gateway, """{"event":"alert_fired","name":"x"}""", idempotencyKey: "key-1");
        var before = gateway.Host.Services.GetRequiredService<AuditLog>().Count;

        var answer = await SendAsync(gateway, report, HttpStatusCode.BadRequest, idempotencyKey: key);

        Assert.Equal("idempotency-key", (string?)answer["errors"]![0]!["field"]);
        Assert.Equal(before, gateway.Host.Services.GetRequiredService<AuditLog>().Count);
    }

    [Fact]
    public async Task Secrets_in_the_facts_of_a_report_and_in_what_is_said_of_a_route_are_not_kept()
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        await SendAsync(gateway, """{"event":"training_run_completed","name":"flight-delay","facts":{"version":2,"password":"hunter2","deep":[{"note":"Pwd=hunter2;n=1","api_key":["hunter2"]}]}}""");
        gateway.Inference.Answer = (_, response) => response.WriteAsync("{}");
        await SendAsync(gateway, """{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.25}}""", key: Auditor, path: "/v1/models/flight-delay/route", method: "PUT");
        await SendAsync(gateway, """{"reason":"token=hunter2","evidence":{"auc":0.5,"secret":"hunter2"}}""", key: Auditor, path: "/v1/models/flight-delay/route/pause");

        string[] records = [.. (await gateway.AuditAsync()).Where(record => record.Contains("training_run_completed", StringComparison.Ordinal) || record.Contains("route_changed", StringComparison.Ordinal))];
        Assert.Equal(3, records.Length);
        Assert.All(records, record => Assert.DoesNotContain("hunter2", record, StringComparison.Ordinal));
        Assert.Equal("""{"version":2,"password":"[redacted]","deep":[{"note":"Pwd=[redacted];n=1","api_key":"[redacted]"}]}""", JsonNode.Parse(records[0])!["facts"]!.ToJsonString());
        Assert.Equal("""{"auc":0.5,"secret":"[redacted]"}""", JsonNode.Parse(records[2])!["evidence"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"event":"route_changed","name":"x"}""", "event")]
    [InlineData("""{"event":"alert_fired","name":""}""", "name")]
    [InlineData("""{"event":"alert_fired","name":"a\nb"}""", "name")]
    [InlineData("""{"event":"alert_fired","name":"x","facts":[1]}""", "facts")]
    [InlineData("""{"event":"alert_fired","name":"x","actor":"somebody"}""", "actor")]
    [InlineData("""{"event":"alert_fired"}""", "name")]
    [InlineData("""{"event":"alert_fired","name":"x","facts":{"a":"\ud800"}}""", "facts")]
    [InlineData("""{"event":"alert_fired","name":"x","facts":{"\ud800":1}}""", "facts")]
    [InlineData("""{"event":"alert_fired","name":"\ud800"}""", "name")]
    [InlineData("null", "body")]
    public async Task A_wrong_report_is_refused_by_its_field_and_nothing_is_recorded(string body, string field)
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        var before = gateway.Host.Services.GetRequiredService<AuditLog>().Count;

        var answer = await SendAsync(gateway, body, HttpStatusCode.BadRequest);

        Assert.Contains(field, answer["errors"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(before, gateway.Host.Services.GetRequiredService<AuditLog>().Count);
    }

    [Fact]
    public async Task While_the_disk_hangs_a_report_that_is_sent_again_is_refused_and_recorded_once_when_it_goes_on()
    {
        const string Report = """{"event":"alert_fired","name":"log_rule errors"}""";
        var disk = new HeldFsync(Start);
        await using var gateway = await RunningGateway.StartAsync(disk, Settings);
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        try
        {
            var first = SendAsync(gateway, Report, idempotencyKey: "alert-17");
            await held.WithinAsync("the disk to hang");
            disk.Advance(TimeSpan.FromSeconds(5));

            var again = await SendAsync(gateway, Report, HttpStatusCode.ServiceUnavailable, idempotencyKey: "alert-17").WithinAsync("an answer at once");

            Assert.Equal("unavailable", (string?)again["code"]);
            Assert.False(first.IsCompleted);
            disk.Release();
            var index = (long)(await first.WithinAsync("the answer with its record"))["index"]!;
            Assert.Equal(index, (long)(await SendAsync(gateway, Report, idempotencyKey: "alert-17"))["index"]!);
        }
        finally
        {
            disk.Release();
        }
    }

    [Fact]
    public async Task It_needs_its_scope_and_has_a_largest_size()
    {
        await using var gateway = await RunningGateway.StartAsync(null, Settings);
        const string Report = """{"event":"alert_cleared","name":"x"}""";

        await SendAsync(gateway, Report, HttpStatusCode.Forbidden, Auditor);
        var tooMuch = await SendAsync(gateway, $$$"""{"event":"alert_fired","name":"x","facts":{"text":"{{{new string('x', 5_000)}}}"}}""", HttpStatusCode.BadRequest);
        Assert.Equal("facts", (string?)tooMuch["errors"]![0]!["field"]);
        await SendAsync(gateway, $$$"""{"event":"alert_fired","name":"x","facts":{"text":"{{{new string('x', 70_000)}}}"}}""", HttpStatusCode.RequestEntityTooLarge);
        await SendAsync(gateway, Report);
    }

    private static async Task<JsonNode> ReadAsync(RunningGateway gateway, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-api-key", Auditor);
        using var response = await gateway.Client.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static async Task<JsonNode> SendAsync(
        RunningGateway gateway, string body, HttpStatusCode expected = HttpStatusCode.OK, string key = Reporter, string path = "/v1/audit/events", string method = "POST", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-api-key", key);
        if (idempotencyKey is not null)
        {
            request.Headers.Add("idempotency-key", idempotencyKey);
        }

        using var response = await gateway.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
