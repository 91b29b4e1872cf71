using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

/// <summary>produced = exported + sampled + dropped + in flight, for what goes to a collector.</summary>
[Collection(nameof(Alone))]
public sealed partial class OtlpFlowTests
{
    private const int Requests = 40;
    private const int Spans = 2 * Requests; // the service's, and the test's client's

    [Theory]
    [InlineData("Full")]
    [InlineData("Standard")]
    public async Task What_a_collector_took_is_exported_and_what_it_refused_is_dropped(string level)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await StartAsync(collector, $"--Telemetry:Level={level}", "--Telemetry:SampledShare=0.5");

        await AskAsync(service);
        await AtRestAsync(service);
        var (lines, spans) = (await FlowAsync(service, "logs"), await FlowAsync(service, "spans"));
        Assert.Equal((collector.Lines.Count, collector.Spans.Count), (lines.Exported, spans.Exported));
        Assert.Equal((Spans, level == "Full", 0, 0), (spans.Produced, spans.Sampled == 0, spans.Dropped, lines.Dropped));

        collector.StatusCode = StatusCodes.Status503ServiceUnavailable;
        await AskAsync(service);
        await AtRestAsync(service);
        var (refusedLines, refusedSpans) = (await FlowAsync(service, "logs"), await FlowAsync(service, "spans"));
        Assert.Equal((lines.Exported, spans.Exported), (refusedLines.Exported, refusedSpans.Exported));
        Assert.Equal(refusedSpans.Produced - refusedSpans.Exported - refusedSpans.Sampled, refusedSpans.Dropped);
        Assert.InRange(refusedSpans.Dropped, 1, Spans);
        Assert.InRange(refusedLines.Dropped, 1, refusedLines.Produced);
    }

    [Fact]
    public async Task What_is_meant_for_a_collector_that_is_away_is_dropped()
    {
        var collector = await OtlpReceiver.StartAsync();
        await using var service = await StartAsync(collector);
        await collector.DisposeAsync();

        await AskAsync(service);
        await AtRestAsync(service);

        var spans = await FlowAsync(service, "spans");
        Assert.Equal((Spans, 0, Spans), (spans.Produced, spans.Exported, spans.Dropped));
    }

    [Fact]
    public async Task What_waits_for_a_collector_that_hangs_is_in_flight_and_what_comes_to_a_full_queue_is_dropped()
    {
        var answer = new TaskCompletionSource();
        await using var collector = await OtlpReceiver.StartAsync();
        collector.Answering = answer.Task;
        await using var service = await StartAsync(collector, "--OTEL_BSP_MAX_QUEUE_SIZE=8", "--OTEL_BSP_MAX_EXPORT_BATCH_SIZE=4");

        await AskAsync(service);
        Assert.Equal(new Flow(Spans, 0, 0, Spans - 8, 8, 8), await FlowAsync(service, "spans"));

        answer.SetResult();
        await AtRestAsync(service);
        Assert.Equal((new Flow(Spans, 8, 0, Spans - 8, 0, 0), 8), (await FlowAsync(service, "spans"), collector.Spans.Count));
    }

    [Fact]
    public async Task What_is_held_for_a_verdict_is_found_waiting_and_nothing_else_is_in_flight()
    {
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await TestService.StartAsync(configure: null, app => app.MapGet("/held", async (ILoggerFactory logs) =>
        {
            var log = logs.CreateLogger("Flow");
            Did(log);
            began.SetResult();
            await end.Task;
        }), [.. collector.Arguments, "--OTEL_METRIC_EXPORT_INTERVAL=3600000", "--Telemetry:Level=Standard", "--Telemetry:SampledShare=0"]);
        await AtRestAsync(service);

        var call = service.Client.GetAsync("/held");
        await began.Task;

        Assert.Equal((1, 1), (await FlowAsync(service, "logs")) switch { var flow => (flow.InFlight, flow.Waiting) });
        end.SetResult();
        await call;
        await AtRestAsync(service);
    }

    [Fact]
    public async Task The_sum_is_exact_at_every_scrape_while_lines_and_spans_come_and_go()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await StartAsync(collector, "--Telemetry:Level=Standard", "--Telemetry:SampledShare=0.5", "--OTEL_BLRP_MAX_QUEUE_SIZE=64", "--OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=64");
        var log = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Flow");
        using var ended = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!ended.IsCancellationRequested)
            {
                Came(log);
            }
        })).ToArray();

        var scrapes = new List<(Flow Lines, Flow Spans)>();
        for (var scrape = 0; scrape < 100; scrape++)
        {
            await service.Client.GetAsync("/nothing");
            scrapes.Add((await FlowAsync(service, "logs"), await FlowAsync(service, "spans")));
        }

        await ended.CancelAsync();
        await Task.WhenAll(writers);
        Assert.All(scrapes, scrape => Assert.InRange(scrape.Lines.InFlight, 0, scrape.Lines.Produced));
        Assert.Contains(scrapes, scrape => scrape.Lines is { InFlight: > 0, Dropped: > 0 });
        await AtRestAsync(service);
        Assert.Equal(collector.Lines.Count, (await FlowAsync(service, "logs")).Exported);
    }

    private static Task<ServiceHost> StartAsync(OtlpReceiver collector, params string[] arguments) =>
        TestService.StartAsync(configure: null, map: null, [.. collector.Arguments, "--OTEL_METRIC_EXPORT_INTERVAL=3600000", .. arguments]);

    private static Task AskAsync(ServiceHost service) => Parallel.ForEachAsync(Enumerable.Range(0, Requests), async (_, cancellationToken) => (await service.Client.GetAsync("/nothing", cancellationToken)).Dispose());

    private static Task AtRestAsync(ServiceHost service) => Eventually.TrueAsync(
        "nothing to be in flight", async () => await FlowAsync(service, "logs") is { InFlight: 0, Waiting: 0 } && await FlowAsync(service, "spans") is { InFlight: 0, Waiting: 0 });

    /// <summary>Of one scrape; the sum holds.</summary>
    private static async Task<Flow> FlowAsync(ServiceHost service, string signal)
    {
        var series = (await service.Client.GetStringAsync("/metrics")).Split('\n').Where(line => line.Contains($"signal=\"{signal}\"", StringComparison.Ordinal) && line.Contains("sink=\"otlp\"", StringComparison.Ordinal)).ToList();
        var flow = new Flow(Of("telemetry_produced_total"), Of("telemetry_exported_total"), Of("telemetry_sampled_total"), Of("telemetry_dropped_total"), Of("telemetry_in_flight"), Of("telemetry_waiting"));
        Assert.Equal(flow.Produced, flow.Exported + flow.Sampled + flow.Dropped + flow.InFlight);
        return flow;

        long Of(string name) => series.Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal)).Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    [LoggerMessage(EventName = "did", Level = LogLevel.Information, Message = "Did")]
    private static partial void Did(ILogger log);

    [LoggerMessage(EventName = "came", Level = LogLevel.Warning, Message = "Came")]
    private static partial void Came(ILogger log);

    private sealed record Flow(long Produced, long Exported, long Sampled, long Dropped, long InFlight, long Waiting);
}
