using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class LineQueueTests : IDisposable
{
    private readonly IMeterFactory meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
    private readonly RecordedMetrics metrics;

    public LineQueueTests() => metrics = new RecordedMetrics(meters);

    public void Dispose() => metrics.Dispose();

    [Fact]
    public async Task Stalled_sink_holds_nobody_and_every_missing_line_is_counted()
    {
        var sink = new Sink { Stall = new ManualResetEventSlim() };
        var queue = Queue(sink);
        queue.Add("first"u8.ToArray(), LogLevel.Information);
        await Eventually.TrueAsync("the writer to be held by the first line", () => sink.IsHeld);

        const int More = LineQueue.Capacity + 500;
        await Task.Run(() => Parallel.For(0, More, number => queue.Add(Encoding.UTF8.GetBytes($"{number}"), LogLevel.Information)))
            .WithinAsync("the callers to get through while the sink stalls");

        sink.Stall.Set();
        queue.Dispose();
        Assert.Equal((1 + LineQueue.Capacity, 500), (sink.Lines.Count, metrics.Now("telemetry.dropped", ("sink", "test"), ("reason", "queue_full"))));
    }

    [Fact]
    public void Failing_sink_loses_its_lines_countably_and_the_next_ones_arrive()
    {
        var sink = new Sink { FailOn = "bad" };
        var queue = Queue(sink);
        foreach (var line in new[] { "1", "bad", "22", "bad", "333" })
        {
            queue.Add(Encoding.UTF8.GetBytes(line), LogLevel.Information);
        }

        queue.Dispose();

        Assert.Equal(["1", "22", "333"], sink.Lines);
        Assert.Equal(6, metrics.Now("telemetry.bytes", ("signal", "logs"), ("sink", "test")));
        Assert.Equal(2, metrics.Now("telemetry.dropped", ("signal", "logs"), ("reason", "write_failed")));
        Assert.True(sink.IsFlushed);
    }

    [Fact]
    public void What_a_sink_lost_when_it_was_flushed_is_counted_too()
    {
        var sink = new Sink { FailsToFlush = true };
        var queue = Queue(sink);
        queue.Add("1"u8, LogLevel.Information);
        queue.Hold("2"u8, LogLevel.Information).Release();
        queue.Hold("3"u8, LogLevel.Information).Discard(sampled: true);
        queue.Hold("4"u8, LogLevel.Information).Discard(sampled: false);

        queue.Dispose();

        Assert.Equal(["1", "2"], sink.Lines);
        Assert.Equal((4, 0, 1, 2, 1), (metrics.Now("telemetry.produced"), metrics.Now("telemetry.exported"), metrics.Now("telemetry.sampled"),
            metrics.Now("telemetry.dropped", ("reason", "write_failed")), metrics.Now("telemetry.dropped", ("reason", "ring_full"))));
    }

    [Fact]
    public void Line_after_the_end_is_counted_as_lost()
    {
        var queue = Queue(new Sink());
        queue.Dispose();
        queue.Add("late"u8.ToArray(), LogLevel.Information);
        queue.Dispose();
        Assert.Equal(1, metrics.Now("telemetry.dropped"));
    }

    private LineQueue Queue(ILineTarget target) => new(target, "test", new TelemetryFlow(meters), new ManualTimeProvider());

    private sealed class Sink : ILineTarget
    {
        private volatile bool isHeld;

        public List<string> Lines { get; } = [];

        public ManualResetEventSlim? Stall { get; init; }

        public string? FailOn { get; init; }

        public bool IsHeld => isHeld;

        public bool IsFlushed { get; private set; }

        public bool Write(ReadOnlySpan<byte> line, LogLevel level)
        {
            isHeld = Stall is not null;
            Stall?.Wait();
            var text = Encoding.UTF8.GetString(line);
            Lines.Add(text != FailOn ? text : throw new IOException("disk full"));
            return false;
        }

        public bool FailsToFlush { get; init; }

        public void Flush() => IsFlushed = FailsToFlush ? throw new IOException("disk full") : true;

        public void Dispose()
        {
        }
    }
}
