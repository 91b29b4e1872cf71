using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class HeldDiskTests : IAsyncLifetime
{
    private readonly HeldFsync disk = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(disk);
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

    private async Task<(HttpStatusCode Status, string Reasons)> ReadyAsync()
    {
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return (ready.StatusCode, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task EventsAsync(params string[] expected) => Eventually.TrueAsync($"the records {string.Join(", ", expected)}", async () =>
        (await gateway.AuditAsync()).Select(record => record.Split('"')[5]).SequenceEqual(expected)); // {"schema":1,"event":"..."
}
