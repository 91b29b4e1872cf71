using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class HeldDiskTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";
    private const string Route = "/v1/models/flight-delay/route";

    private readonly HeldFsync disk = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(disk, ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin"));
        (await gateway.PostAsync(RunningGateway.Request(700))).Response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        disk.Release();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task While_the_disk_hangs_a_request_is_answered_504_at_its_deadline_and_its_records_come_when_it_goes_on()
    {
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var sending = gateway.PostAsync(RunningGateway.Request(701), headers: ("x-request-timeout-ms", "250"));
        await held.WithinAsync("the disk to hang");
        disk.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(sending.IsCompleted);

        disk.Advance(TimeSpan.FromMilliseconds(1));

        var (response, body) = await sending.WithinAsync("the answer at the deadline");
        Assert.Equal((HttpStatusCode.GatewayTimeout, "deadline_exceeded"), (response.StatusCode, (string?)body["code"]));
        disk.Release();
        await EventsAsync("prediction_audit", "prediction_audit", "prediction_failed");
    }

    [Fact]
    public async Task A_disk_that_hangs_makes_the_gateway_not_ready_and_is_asked_no_more_until_it_goes_on()
    {
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var sending = gateway.PostAsync(RunningGateway.Request(701));
        await held.WithinAsync("the disk to hang");
        disk.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);

        disk.Advance(TimeSpan.FromSeconds(1));

        var (status, reasons) = await ReadyAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The audit log has been writing for 5 s: its disk hangs.", reasons, StringComparison.Ordinal);
        var (refused, body) = await gateway.PostAsync(RunningGateway.Request(702)).WithinAsync("an answer at once");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (refused.StatusCode, (string?)body["code"]));
        Assert.Equal(1, metrics.Sum("ml.audit.records.lost")); // that of the refusal
        await Eventually.TrueAsync("a line that says so", () => gateway.Host.Logs.Named("audit_stalled").Any());
        Assert.False(sending.IsCompleted);
        disk.Release();
        Assert.Equal(HttpStatusCode.OK, (await sending.WithinAsync("the answer with its record")).Response.StatusCode);
        disk.Advance(TimeSpan.FromSeconds(1)); // readiness is asked anew
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);
        await EventsAsync("prediction_audit", "prediction_audit");
    }

    [Fact]
    public async Task A_change_of_a_route_waits_for_a_disk_that_hangs_no_longer_than_it_may_and_holds_when_its_record_is_written()
    {
        await SendAsync(HttpMethod.Put, Route, """{"aliases":{"champion":"1"},"canary":{"version":"2","weight":0.5}}""");
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var promoting = SendAsync(HttpMethod.Post, $"{Route}/promote");
        await held.WithinAsync("the disk to hang");
        var waiting = SendAsync(HttpMethod.Post, $"{Route}/pause"); // for its turn
        disk.Advance(TimeSpan.FromSeconds(4));
        Assert.False(promoting.IsCompleted);

        var (status, body) = await AnswerAsync(promoting);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The audit log's disk hangs; the route will have changed if the record is still written. Read it before you ask again."), (status, (string?)body["detail"]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Post, $"{Route}/roll-back").WithinAsync("an answer at once")).Status);
        (status, body) = await AnswerAsync(waiting);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The audit log cannot be written; the route is unchanged."), (status, (string?)body["detail"]));
        Assert.Equal("2", await CanaryAsync());
        disk.Release();
        await Eventually.TrueAsync("the promotion to hold", async () => await CanaryAsync() is null);
        await EventsAsync("prediction_audit", "route_changed", "route_changed");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, $"{Route}/roll-back")).Status);

        async Task<string?> CanaryAsync() => (string?)(await SendAsync(HttpMethod.Get, Route)).Body["canary"]?["version"];
    }

    [Fact]
    public async Task A_change_of_the_model_server_or_of_a_verbose_rule_waits_no_longer_either()
    {
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var loading = SendAsync(HttpMethod.Post, "/v2/repository/models/spare/load", "{}");
        await held.WithinAsync("the disk to hang");
        var ruling = SendAsync(HttpMethod.Put, "/v1/telemetry/verbose-rules/suspects", """{"model":"flight-delay","time_to_live_seconds":600}""");

        Assert.Equal("The audit log cannot be written; nothing was changed.", (string?)(await AnswerAsync(loading)).Body["error"]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AnswerAsync(ruling)).Status);
        Assert.DoesNotContain(gateway.Inference.Requests, asked => asked.Path.EndsWith("/load", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_disk_hangs_a_request_whose_time_ends_at_the_model_is_told_so_at_once_and_its_record_comes_when_it_goes_on()
    {
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var first = gateway.PostAsync(RunningGateway.Request(701));
        await held.WithinAsync("the disk to hang");
        var asked = new TaskCompletionSource();
        gateway.Inference.Answer = async (_, response) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, response.HttpContext.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        var sending = gateway.PostAsync(RunningGateway.Request(702), headers: ("x-request-timeout-ms", "250"));
        await asked.Task.WithinAsync("the model server to be asked");

        disk.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await sending.WithinAsync("the answer at the deadline")).Response.StatusCode);
        disk.Release();
        Assert.Equal(HttpStatusCode.OK, (await first.WithinAsync("the answer with its record")).Response.StatusCode);
        await EventsAsync("prediction_audit", "prediction_audit", "prediction_failed");
    }

    [Fact]
    public async Task In_best_effort_mode_a_slow_disk_costs_the_record_and_not_the_answer_loudly()
    {
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(("Audit:Mode", "BestEffort"));
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        var sending = gateway.PostAsync(RunningGateway.Request(701, 702), headers: ("x-request-timeout-ms", "1000"));
        await held.WithinAsync("the disk to hang");
        disk.Advance(TimeSpan.FromMilliseconds(899));
        Assert.False(sending.IsCompleted);

        disk.Advance(TimeSpan.FromMilliseconds(1));

        var (response, body) = await sending.WithinAsync("the answer before the deadline");
        Assert.Equal((HttpStatusCode.OK, true), (response.StatusCode, body.AsObject().TryGetPropertyValue("audit", out var audit) && audit is null));
        Assert.Equal(2, metrics.Sum("ml.audit.records.lost"));
        Assert.Single(gateway.Host.Logs.Named("audit_records_lost"));
        Assert.Equal((HttpStatusCode.OK, true), await DegradedAsync());
        disk.Release();
        await EventsAsync("prediction_audit", "prediction_audit", "prediction_audit");
        disk.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((HttpStatusCode.OK, false), await DegradedAsync());

        async Task<(HttpStatusCode, bool)> DegradedAsync()
        {
            var (status, reasons) = await ReadyAsync();
            return (status, reasons.Contains("a record took longer to be written than its request had time", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Required", HttpStatusCode.ServiceUnavailable)]
    [InlineData("BestEffort", HttpStatusCode.OK)]
    public async Task A_forwarded_inference_waits_for_its_record_as_long_as_the_disk_may_take_and_no_longer(string mode, HttpStatusCode expected)
    {
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(("Audit:Mode", mode));
        gateway.Inference.Answer = (_, response) => response.WriteAsync("{}");
        var held = disk.HoldAsync(WrittenAudit.FirstSegment(gateway.AuditDirectory));
        using var content = new ByteArrayContent([1]);
        var sending = gateway.Client.PostAsync("/v2/models/flight-delay/infer", content, TestContext.Current.CancellationToken);
        await held.WithinAsync("the disk to hang");
        disk.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.False(sending.IsCompleted);

        disk.Advance(TimeSpan.FromMilliseconds(1));

        using var response = await sending.WithinAsync("the answer without its record");
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(mode == "BestEffort" ? 1 : 0, gateway.Host.Logs.Named("audit_records_lost").Count());
        disk.Release();
        await EventsAsync("prediction_audit", "inference_forwarded");
    }

    /// <summary>What a request that waits for the disk is answered as time goes on.</summary>
    private async Task<(HttpStatusCode Status, JsonNode Body)> AnswerAsync(Task<(HttpStatusCode Status, JsonNode Body)> sending)
    {
        await Eventually.TrueAsync("an answer although the disk hangs", () =>
        {
            disk.Advance(TimeSpan.FromSeconds(1));
            return sending.IsCompleted;
        });
        return await sending;
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var message = new HttpRequestMessage(method, path) { Headers = { { "x-api-key", Key } }, Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await RunningGateway.BodyOfAsync(response));
    }

    private async Task<(HttpStatusCode Status, string Reasons)> ReadyAsync()
    {
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return (ready.StatusCode, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task EventsAsync(params string[] expected) => Eventually.TrueAsync($"the records {string.Join(", ", expected)}", async () =>
        (await gateway.AuditAsync()).Select(record => record.Split('"')[5]).SequenceEqual(expected)); // {"schema":1,"event":"..."
}
