using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>Which stage makes a prediction slow is told by spans, request line and record alike.</summary>
public sealed class StageTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("route")]
    [InlineData("features.fetch")]
    [InlineData("preprocess")]
    [InlineData("infer")]
    [InlineData("postprocess")]
    [InlineData("audit.commit")]
    public async Task The_stage_that_takes_50_ms_is_the_one_that_is_named(string stage)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == "MlAspire.Gateway", ActivityStopped = spans.Enqueue, Sample = (ref _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        await using var gateway = await RunningGateway.StartAsync(new SlowStage(stage));
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946));

        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");

        Assert.Equal([($"{stage.Replace('.', '_')}_seconds", Slow.TotalSeconds)], line.Where(field => field.Key.EndsWith("_seconds", StringComparison.Ordinal) && (double)field.Value! > 0).Select(field => (field.Key, (double)field.Value!)));
        // No activity is shorter than a tick.
        Assert.Equal([(stage, Slow)], spans.Where(span => span.TraceId.ToHexString() == (string?)body["trace_id"] && span.Duration > TimeSpan.FromTicks(1)).Select(span => (span.OperationName, span.Duration)));
        if (stage != "audit.commit") // a record is written before it is committed
        {
            var took = JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!["stages_ms"]!.AsObject().Where(pair => (double)pair.Value! > 0);
            Assert.Equal([(stage, Slow.TotalMilliseconds)], took.Select(pair => (pair.Key, (double)pair.Value!)));
        }
    }

    /// <summary>A clock that stands still but in one stage: there it is 50 ms later at the second look.</summary>
    private sealed class SlowStage(string stage) : ManualTimeProvider
    {
        private int looks;

        public override long GetTimestamp()
        {
            if (Activity.Current?.OperationName == stage && Interlocked.Increment(ref looks) == 2)
            {
                Advance(Slow);
            }

            return base.GetTimestamp();
        }
    }
}
