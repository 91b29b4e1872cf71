using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

public sealed class InferenceScopeTests
{
    [Fact]
    public async Task A_failure_reaches_the_caller_as_it_was_thrown_with_one_error_one_event_and_one_measurement()
    {
        var logs = new RecordedLogs();
        await using var services = new ServiceCollection().AddMetrics().AddLogging(logging => logging.AddProvider(logs)).BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var recorded = new RecordedMetrics(meters);
        using var metrics = new InferenceMetrics(meters);
        var time = new ManualTimeProvider();
        var scopes = new InferenceScopes(new RequestSlots(new LimitsOptions()), metrics, time, services.GetRequiredService<ILogger<InferenceScopes>>());
        var thrown = new InvalidOperationException("the session is gone");

        var caught = await Assert.ThrowsAsync<InvalidOperationException>(() => scopes.RunAsync<string, int>(new InferenceScope(isTimeOver: null, CancellationToken.None), "7", (id, scope) =>
        {
            (scope.RequestId, scope.Model, scope.ModelVersion) = (id, "line", "1");
            time.Advance(TimeSpan.FromSeconds(1.5));
            throw thrown;
        }));

        Assert.Same(thrown, caught);
        Assert.Equal(["inference_failed", "inference_completed"], logs.Events.Select(each => each.Event));
        Assert.Equal((LogLevel.Error, thrown, "line"), (logs.Events[0].Level, logs.Events[0].Exception, logs.Events[0].Fields["Model"]));
        Assert.Equal((LogLevel.Information, "internal", 1.5, "7"), (logs.Events[1].Level, logs.Events[1].Fields["Status"], logs.Events[1].Fields["LatencySeconds"], logs.Events[1].Fields["RequestId"]));
        var duration = Assert.Single(recorded.Of("ml.inference.duration"));
        Assert.Equal((1.5, "internal"), (duration.Value, duration.Tags["ml.outcome"]));
        Assert.Equal(0, recorded.Sum("ml.inference.active"));
    }

    [Theory]
    [InlineData(false, "cancelled")]
    [InlineData(true, "deadline_exceeded")]
    public void A_caller_that_goes_before_its_deadline_cancels_and_one_whose_deadline_is_over_ran_out_of_time(bool isTimeOver, string expected)
    {
        var scope = new InferenceScope(() => isTimeOver, new CancellationToken(canceled: true));

        Assert.Equal(expected, ErrorMapping.Of(scope.CodeOf(new OperationCanceledException())).Wire);
    }

    [Fact]
    public void Input_shapes_are_one_short_text()
    {
        Tensor[] inputs = [new("x", DataType.Fp32, [2, 17], new byte[136]), new("scalar", DataType.Bool, [], new byte[1]), new("none", DataType.Fp32, [0], default)];
        Assert.Equal("x[2,17] scalar[] none[0]", InputShapes.Text(inputs));
        Assert.Equal("", InputShapes.Text([]));

        var many = InputShapes.Text([.. Enumerable.Range(0, 1000).Select(i => new Tensor($"input{i}", DataType.UInt8, [1], new byte[1]))]);
        Assert.Equal(256, many.Length);
        Assert.EndsWith("...", many, StringComparison.Ordinal);
    }
}
