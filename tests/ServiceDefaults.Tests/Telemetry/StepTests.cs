using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

public sealed class StepTests : IDisposable
{
    private static readonly TimeSpan Worked = TimeSpan.FromMilliseconds(12.34);

    private readonly ManualTimeProvider time = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug)).BuildServiceProvider();
    private readonly RecordedLogs logs = new();
    private readonly RecordedMetrics metrics;
    private readonly List<Activity> spans = [];
    private readonly ActivityListener listener;
    private readonly Steps steps;

    public StepTests()
    {
        var source = $"MlAspire.Tested.{Guid.NewGuid():N}"; // tests of the process run at the same time, and listeners are of the process
        services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
        metrics = new RecordedMetrics(services.GetRequiredService<IMeterFactory>());
        listener = new ActivityListener { ShouldListenTo = each => each.Name == source, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Add };
        ActivitySource.AddActivityListener(listener);
        steps = new Steps(source, services.GetRequiredService<IMeterFactory>(), time, services.GetRequiredService<ILoggerFactory>());
    }

    public static TheoryData<string> Kinds => ["plain", "act", "task", "task without result", "value task", "value task without result", "stream"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_step_gives_its_result_and_a_span_a_measurement_and_a_line_of_one_name_and_one_duration(string kind)
    {
        var step = new Step("preprocess") { Kind = ActivityKind.Client, Labels = [new("ml.model.name", "m")], Details = [new("ml.rows", 3)] };

        Assert.Equal([7, 8], await RunAsync(kind, step, () => time.Advance(Worked)));

        var span = Assert.Single(spans);
        Assert.Equal(("preprocess", ActivityKind.Client, Worked, ActivityStatusCode.Unset), (span.OperationName, span.Kind, span.Duration, span.Status));
        Assert.Equal([new("ml.model.name", "m"), new("ml.rows", 3)], span.TagObjects);
        var measured = Assert.Single(metrics.Of("ml.step.duration"));
        Assert.Equal(0.01234, measured.Value);
        Assert.Equal([new("ml.model.name", "m"), new("ml.outcome", "ok"), new("ml.step", "preprocess")], measured.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal));
        var line = Assert.Single(logs.Named("step_completed"));
        Assert.Equal((LogLevel.Debug, "Execution of preprocess completed: ok, 0.0123 s"), (line.Level, line.Message));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_the_work_throws_passes_as_the_same_instance_and_is_told_once_by_each_signal(string kind)
    {
        var thrown = new ServiceError(ErrorCode.Unavailable, "away");

        var caught = await Assert.ThrowsAsync<ServiceError>(() => RunAsync(kind, new Step("infer"), () => throw thrown));

        Assert.Same(thrown, caught);
        Assert.Equal((ActivityStatusCode.Error, "unavailable"), (Assert.Single(spans).Status, spans[0].GetTagItem("error.type")));
        Assert.Equal("unavailable", Assert.Single(metrics.Of("ml.step.duration")).Tags["ml.outcome"]);
        Assert.Equal("unavailable", Assert.Single(logs.Events).Fields["Status"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Work_inside_is_a_child_of_the_step_and_code_after_it_is_not(string kind)
    {
        using var outer = new Activity("outer").Start();
        ActivitySpanId? inside = null;

        await RunAsync(kind, new Step("infer"), () => inside = Activity.Current!.SpanId);

        Assert.Equal((outer.SpanId, outer), (spans[0].ParentSpanId, Activity.Current));
        Assert.Equal(spans[0].SpanId, inside);
    }

    [Fact]
    public async Task A_cancelled_step_is_cancelled_and_no_line_above_its_level()
    {
        using var stop = new CancellationTokenSource();
        var running = steps.RunAsync(new Step("infer"), async () =>
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
            return 0;
        });

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var line = Assert.Single(logs.Events);
        Assert.Equal((LogLevel.Debug, "cancelled"), (line.Level, line.Fields["Status"]));
    }

    [Fact]
    public async Task A_reader_that_has_enough_ends_the_step()
    {
        await foreach (var _ in steps.RunAsync(new Step("infer"), () => Numbers(() => { })))
        {
            break;
        }

        Assert.Equal("ok", Assert.Single(metrics.Of("ml.step.duration")).Tags["ml.outcome"]);
    }

    [Theory]
    [InlineData("call")]
    [InlineData("start")]
    [InlineData("end")]
    public async Task A_stream_that_fails_before_its_first_item_or_behind_its_last_has_failed(string where)
    {
        var thrown = await Assert.ThrowsAsync<ServiceError>(async () =>
        {
            await foreach (var _ in steps.RunAsync(new Step("infer"), () => where == "call" ? throw new ServiceError(ErrorCode.Unavailable, where) : (IAsyncEnumerable<int>)new Failing(where)))
            {
            }
        });

        Assert.Equal(where, thrown.Message);
        Assert.Equal((ActivityStatusCode.Error, "unavailable"), (Assert.Single(spans).Status, spans[0].GetTagItem("error.type")));
        Assert.Equal("unavailable", Assert.Single(metrics.Of("ml.step.duration")).Tags["ml.outcome"]);
        Assert.Equal("unavailable", Assert.Single(logs.Events).Fields["Status"]);
    }

    [Fact]
    public void Work_that_must_be_awaited_cannot_be_run_without()
    {
        var refused = typeof(Steps).GetMethods().Where(each => each.GetCustomAttribute<ObsoleteAttribute>() is { IsError: true }).Select(each => each.GetParameters()[1].ParameterType.GetGenericArguments()[0]);

        Assert.Equal(["IAsyncEnumerable`1", "Task", "ValueTask", "ValueTask`1"], refused.Select(each => each.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_clock_that_steps_back_gives_no_negative_duration()
    {
        var took = TimeSpan.MaxValue;
        var back = new Steps("MlAspire.Tested", services.GetRequiredService<IMeterFactory>(), new BackwardsTime(), services.GetRequiredService<ILoggerFactory>());

        back.Run(new Step("infer") { Over = time => took = time }, () => 1);

        Assert.Equal((TimeSpan.Zero, 0d), (took, Assert.Single(metrics.Of("ml.step.duration")).Value));
    }

    public void Dispose()
    {
        steps.Dispose();
        listener.Dispose();
        metrics.Dispose();
        services.Dispose();
    }

    private async Task<List<int>> RunAsync(string kind, Step step, Action work)
    {
        switch (kind)
        {
            case "plain":
                return steps.Run(step, () => { work(); return (List<int>)[7, 8]; });
            case "act":
                steps.Run(step, work);
                return [7, 8];
            case "task without result":
                await steps.RunAsync(step, async () => { await Task.Yield(); work(); });
                return [7, 8];
            case "value task without result":
                await steps.RunAsync(step, NoValue);
                return [7, 8];
            case "task":
                return await steps.RunAsync(step, async () => { await Task.Yield(); work(); return (List<int>)[7, 8]; });
            case "value task":
                return await steps.RunAsync(step, Value);
            default:
                List<int> all = [];
                await foreach (var each in steps.RunAsync(step, () => Numbers(work)))
                {
                    all.Add(each);
                }

                return all;
        }

        async ValueTask NoValue()
        {
            await Task.Yield();
            work();
        }

        async ValueTask<List<int>> Value()
        {
            await Task.Yield();
            work();
            return [7, 8];
        }
    }

    private sealed class Failing(string where) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public int Current => 7;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => where == "start" ? throw new ServiceError(ErrorCode.Unavailable, where) : this;

        public ValueTask<bool> MoveNextAsync() => ValueTask.FromResult(false);

        public ValueTask DisposeAsync() => where == "end" ? throw new ServiceError(ErrorCode.Unavailable, where) : default;
    }

    private static async IAsyncEnumerable<int> Numbers(Action work, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return 7;
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        work();
        yield return 8;
    }

    private sealed class BackwardsTime : TimeProvider
    {
        private long now = 1_000;

        public override long GetTimestamp() => --now;
    }
}
