using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed partial class FullDiskTests
{
    private static readonly string[] Answered = ["prediction_audit", "prediction_audit"];

    [Fact]
    public async Task While_the_disk_is_full_there_is_no_200_without_its_record_and_the_gateway_is_not_ready_and_then_all_goes_on()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync(gateway.Settings);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], await AskTwiceAsync(process));
        process.LimitFiles(0);

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable], await AskTwiceAsync(process));
        var (last, body) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(1));
        using var ready = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (last.StatusCode, (string?)body["code"]));
        Assert.NotNull(last.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("audit log cannot be written", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(Answered, await EventsAsync(gateway));

        process.LimitFiles(ulong.MaxValue);
        await ReadyAsync(process.Client, () => { });
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], await AskTwiceAsync(process));
        var events = await EventsAsync(gateway);
        Assert.Equal([.. Answered, "audit_resumed", .. Answered], events);
    }

    [Fact]
    public async Task In_best_effort_mode_what_cannot_be_recorded_is_answered_and_says_so_and_readiness_is_degraded()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, ("Audit:Mode", "BestEffort")]);
        process.LimitFiles(0);

        var (response, body) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(1));

        using var ready = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, true), (response.StatusCode, body.AsObject().TryGetPropertyValue("audit", out var audit) && audit is null));
        Assert.Empty(await gateway.AuditAsync());
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("predictions are answered without a record", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BestEffort")]
    [InlineData("Required")]
    public async Task With_a_log_that_cannot_be_written_at_the_start_best_effort_serves_what_is_configured_and_the_record_follows(string mode)
    {
        var time = new ManualTimeProvider(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await RunningGateway.StartAsync(time, ("Audit:SegmentAge", "00:01:00"));
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json + "\n");
        var broken = Directory.CreateDirectory(new Segment(gateway.AuditDirectory, first: 1).LogPath); // a file cannot be made
        time.Advance(TimeSpan.FromMinutes(1));

        await gateway.StartHostAsync(("Audit:SegmentAge", "00:01:00"), ("Audit:Mode", mode));

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1));
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        if (mode == "Required")
        {
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.ServiceUnavailable), (response.StatusCode, ready.StatusCode));
            return;
        }

        Assert.Equal((HttpStatusCode.OK, true), (response.StatusCode, body.AsObject().TryGetPropertyValue("audit", out var audit) && audit is null));
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("predictions are answered without a record", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Single(gateway.Host.Logs.Named("pipelines_unrecorded"));
        broken.Delete();
        await Eventually.TrueAsync("the pipeline's record", () =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return WrittenAudit.Records(gateway.AuditDirectory).Count(record => record.Contains("pipeline_changed", StringComparison.Ordinal)) == 2;
        });
    }

    [Theory]
    [InlineData("/dev/full", "No space left")]
    [InlineData("/proc/self/mem", "Input/output error")]
    [InlineData(null, "denied")] // a file cannot be made
    public async Task While_the_log_cannot_be_written_it_is_tried_every_second_until_the_gateway_is_ready_without_a_request(string? device, string reason)
    {
        var time = new ManualTimeProvider(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await RunningGateway.StartAsync(time, ("Audit:SegmentAge", "00:01:00"));
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        await gateway.PostAsync(RunningGateway.Request(700));
        var next = new Segment(gateway.AuditDirectory, first: 3).LogPath;
        FileSystemInfo broken = device is null ? Directory.CreateDirectory(next) : File.CreateSymbolicLink(next, device);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(RunningGateway.Request(701))).Response.StatusCode);

        Assert.Equal(1, metrics.Sum("ml.audit.records.lost")); // that of the failure
        var failed = Assert.Single(gateway.Host.Logs.Named("audit_failed"));
        Assert.Contains(reason, failed.Exception!.ToString(), StringComparison.Ordinal);
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        broken.Delete();
        if (device is not null)
        {
            await File.WriteAllTextAsync(next, ""); // the file that the device stood for
        }

        await ReadyAsync(gateway.Client, () => time.Advance(TimeSpan.FromSeconds(1)));
        Assert.Equal(["prediction_audit", "audit_resumed"], await EventsAsync(gateway));
        Assert.Single(gateway.Host.Logs.Named("audit_resumed"));
    }

    [Fact]
    public async Task A_disk_that_hangs_while_the_log_is_tried_again_is_told_and_nothing_is_tried_twice()
    {
        var time = new ManualTimeProvider(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var gateway = await RunningGateway.StartAsync(time, ("Audit:SegmentAge", "00:01:00"));
        await gateway.PostAsync(RunningGateway.Request(700));
        var next = new Segment(gateway.AuditDirectory, first: 3).LogPath;
        File.CreateSymbolicLink(next, "/dev/full");
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(RunningGateway.Request(701))).Response.StatusCode);
        File.Delete(next);
        Assert.Equal(0, MakePipe(next, 0x180)); // who opens it waits for a reader

        await Eventually.TrueAsync("a line that says that the disk hangs", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return gateway.Host.Logs.Named("audit_stalled").Any();
        });

        File.OpenHandle(next).Dispose();
        File.Delete(next);
        await File.WriteAllTextAsync(next, ""); // the file that the pipe stood for
        await ReadyAsync(gateway.Client, () => time.Advance(TimeSpan.FromSeconds(1)));
        await Eventually.TrueAsync("a line that says that it goes on", () => gateway.Host.Logs.Named("audit_resumed").Any());
        Assert.Equal(["prediction_audit", "audit_resumed"], await EventsAsync(gateway));
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);

    private static async Task<HttpStatusCode[]> AskTwiceAsync(GatewayProcess process) =>
    [
        (await RunningGateway.PostAsync(process.Client, RunningGateway.Request(700))).Response.StatusCode,
        (await RunningGateway.PostAsync(process.Client, RunningGateway.Request(701))).Response.StatusCode,
    ];

    private static Task ReadyAsync(HttpClient client, Action before) => Eventually.TrueAsync("readiness", async () =>
    {
        before();
        using var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return ready.IsSuccessStatusCode;
    });

    private static async Task<string[]> EventsAsync(RunningGateway gateway) => [.. (await gateway.AuditAsync()).Select(record => record.Split('"')[5])]; // {"schema":1,"event":"..."
}
