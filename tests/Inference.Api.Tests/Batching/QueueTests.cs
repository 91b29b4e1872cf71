using MlAspire.Inference.Api.Batching;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class QueueTests
{
    private static readonly OnnxModel Identity = new OnnxModel().Input("x", OnnxType.F32, -1, 1).Output("y", OnnxType.F32, -1, 1).Node("Identity", ["x"], ["y"]);

    private static readonly int[] Priorities = [3, 0, 1, 2, 1]; // 0 = the default, 2

    public static TheoryData<int> Positions => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task A_caller_that_leaves_the_queue_at_any_position_touches_no_neighbour(int position)
    {
        using var model = new GatedModel(Identity, new DynamicBatching());
        using var leaving = new CancellationTokenSource();
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(0, 4).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i), i == position ? leaving.Token : CancellationToken.None)).ToArray();

        await leaving.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting[position].WithinAsync("the one that left"));
        Assert.Equal(3, model.Batcher.Waiting);
        model.Open();

        await first.WithinAsync("the first answer");
        for (var i = 0; i < 4; i++)
        {
            if (i != position)
            {
                await GatedModel.AnswersAsync(waiting[i], $"neighbour {i}", (float)i);
            }
        }

        Assert.Equal([1L, 3L], model.Reports.Select(report => report.Rows));
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task A_caller_that_leaves_a_running_batch_at_any_position_touches_no_neighbour(int position)
    {
        using var model = new GatedModel(Identity, new DynamicBatching());
        using var leaving = new CancellationTokenSource();
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(0, 4).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i), i == position ? leaving.Token : CancellationToken.None)).ToArray();
        model.Release();
        await first.WithinAsync("the first answer");
        await model.EnteredAsync();

        await leaving.CancelAsync();
        Assert.False(model.LastToken.IsCancellationRequested); // three still want the answer
        model.Open();

        for (var i = 0; i < 4; i++)
        {
            if (i == position)
            {
                await Assert.ThrowsAsync<TaskCanceledException>(() => waiting[position].WithinAsync("the one that left"));
            }
            else
            {
                await GatedModel.AnswersAsync(waiting[i], $"neighbour {i}", (float)i);
            }
        }
    }

    [Fact]
    public async Task When_every_caller_of_a_batch_has_gone_the_run_is_stopped()
    {
        using var model = new GatedModel(Identity, new DynamicBatching());
        using var leaving = new CancellationTokenSource();
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(0, 3).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i), leaving.Token)).ToArray();
        model.Release();
        await first.WithinAsync("the first answer");
        await model.EnteredAsync();

        await leaving.CancelAsync(); // nothing else lets the run go

        foreach (var task in waiting)
        {
            await Assert.ThrowsAsync<TaskCanceledException>(() => task.WithinAsync("a caller that left"));
        }

        model.Open();
        await GatedModel.AnswersAsync(model.RunAsync(GatedModel.Floats([1, 1], 7), CancellationToken.None), "the next request", 7f);
    }

    [Fact]
    public async Task A_full_queue_refuses_the_next_request()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { DefaultQueuePolicy = new QueuePolicy { MaxQueueSize = 2 } });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(1, 2).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i), CancellationToken.None)).ToArray();

        var error = await Assert.ThrowsAsync<ServiceError>(() => model.RunAsync(GatedModel.Floats([1, 1], 3), CancellationToken.None));

        Assert.Equal((ErrorCode.Overloaded, "2 requests wait for the model already"), (error.Code, error.Message));
        model.Open();
        await first.WithinAsync("the first answer");
        Assert.Equal([1f, 2f], (await Task.WhenAll(waiting).WithinAsync("those that waited")).Select(result => GatedModel.Floats(result)[0]));
    }

    [Fact]
    public async Task A_request_may_wait_for_less_than_the_model_s_time_out_and_never_for_more()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { DefaultQueuePolicy = new QueuePolicy { DefaultTimeoutMicroseconds = 100_000 } });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var usual = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        var patient = model.RunAsync(GatedModel.Floats([1, 1], 2) with { QueueTimeout = TimeSpan.FromDays(1) }, CancellationToken.None);
        var hurried = model.RunAsync(GatedModel.Floats([1, 1], 3) with { QueueTimeout = TimeSpan.FromMilliseconds(50) }, CancellationToken.None);

        model.Time.Advance(TimeSpan.FromMilliseconds(50));
        await TimedOutAsync(hurried, "50");
        model.Time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(usual.IsCompleted);
        model.Time.Advance(TimeSpan.FromMilliseconds(1));
        await TimedOutAsync(usual, "100");
        await TimedOutAsync(patient, "100");

        model.Open();
        await GatedModel.AnswersAsync(first, "the first answer", 0f);

        static async Task TimedOutAsync(Task<ModelResult> run, string milliseconds)
        {
            var error = await Assert.ThrowsAsync<ServiceError>(() => run.WithinAsync("the time-out"));
            Assert.Equal((ErrorCode.DeadlineExceeded, $"the request waited {milliseconds} ms for the model, its time-out"), (error.Code, error.Message));
        }
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task A_time_out_at_any_position_of_the_queue_touches_no_neighbour(int position)
    {
        using var model = new GatedModel(Identity, new DynamicBatching());
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(0, 4)
            .Select(i => model.RunAsync(GatedModel.Floats([1, 1], i) with { QueueTimeout = i == position ? TimeSpan.FromMilliseconds(100) : null }, CancellationToken.None)).ToArray();

        model.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<ServiceError>(() => waiting[position].WithinAsync("the time-out"))).Code);
        model.Open();

        await first.WithinAsync("the first answer");
        foreach (var i in Enumerable.Range(0, 4).Except([position]))
        {
            await GatedModel.AnswersAsync(waiting[i], $"neighbour {i}", (float)i);
        }

        Assert.Equal([1L, 3L], model.Reports.Select(report => report.Rows));
    }

    [Fact]
    public async Task With_DELAY_a_request_whose_time_out_is_over_goes_behind_the_others()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { DefaultQueuePolicy = new QueuePolicy { DefaultTimeoutMicroseconds = 100_000, TimeoutAction = "DELAY" } }, maxRows: 1);
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var late = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        model.Time.Advance(TimeSpan.FromMilliseconds(100));
        var next = model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None);
        model.Release();
        await first.WithinAsync("the first answer");
        await model.EnteredAsync();

        model.Release();

        await next.WithinAsync("the one that came later");
        Assert.False(late.IsCompleted);
        model.Open();
        await GatedModel.AnswersAsync(late, "the late one", 1f);
    }

    [Fact]
    public async Task Each_priority_has_its_own_bound_and_its_own_time_out()
    {
        using var model = new GatedModel(Identity, new DynamicBatching
        {
            PriorityLevels = 2,
            DefaultPriorityLevel = 2,
            DefaultQueuePolicy = new QueuePolicy { MaxQueueSize = 1 },
            PriorityQueuePolicy = new Dictionary<int, QueuePolicy> { [1] = new() { MaxQueueSize = 2, DefaultTimeoutMicroseconds = 50_000 } },
        });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var usual = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        await RefusedAsync(0, "1 requests wait for the model already");
        Assert.Null(model.Batcher.Refusal); // one that is urgent may wait still
        var urgent = Enumerable.Range(2, 2).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i) with { Priority = 1 }, CancellationToken.None)).ToArray();
        await RefusedAsync(1, "2 requests wait for the model already");
        Assert.Equal(ErrorCode.Overloaded, model.Batcher.Refusal?.Code);

        model.Time.Advance(TimeSpan.FromMilliseconds(50));

        foreach (var task in urgent)
        {
            Assert.Equal(ErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<ServiceError>(() => task.WithinAsync("the time-out"))).Code);
        }

        model.Open();
        await GatedModel.AnswersAsync(first, "the first answer", 0f);
        await GatedModel.AnswersAsync(usual, "the usual one", 1f);

        async Task RefusedAsync(int priority, string says)
        {
            var error = await Assert.ThrowsAsync<ServiceError>(() => model.RunAsync(GatedModel.Floats([1, 1], 9) with { Priority = priority }, CancellationToken.None));
            Assert.Equal((ErrorCode.Overloaded, says), (error.Code, error.Message));
        }
    }

    [Fact]
    public async Task A_delayed_request_is_behind_those_of_its_priority_and_before_those_of_the_next()
    {
        using var model = new GatedModel(
            Identity,
            new DynamicBatching { PriorityLevels = 2, DefaultPriorityLevel = 2, DefaultQueuePolicy = new QueuePolicy { DefaultTimeoutMicroseconds = 100_000, TimeoutAction = "DELAY" } },
            maxRows: 1);
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var late = model.RunAsync(GatedModel.Floats([1, 1], 1) with { Priority = 1 }, CancellationToken.None);
        model.Time.Advance(TimeSpan.FromMilliseconds(100));
        var urgent = model.RunAsync(GatedModel.Floats([1, 1], 2) with { Priority = 1 }, CancellationToken.None);
        var usual = model.RunAsync(GatedModel.Floats([1, 1], 3), CancellationToken.None);

        foreach (var (next, others) in new[] { (first, new[] { urgent, late, usual }), (urgent, [late, usual]), (late, [usual]) })
        {
            model.Release();
            await next.WithinAsync("the next answer");
            Assert.DoesNotContain(others, other => other.IsCompleted);
        }

        model.Open();
        await GatedModel.AnswersAsync(usual, "the usual one", 3f);
    }

    [Fact]
    public async Task What_a_caller_does_with_its_answer_does_not_hold_up_the_next_run()
    {
        using var model = new GatedModel(Identity, new DynamicBatching(), maxRows: 1);
        using var written = new ManualResetEventSlim();
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var slow = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None)
            .ContinueWith(_ => written.Wait(Eventually.DefaultLimit), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var next = model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None);
        model.Release();
        await first.WithinAsync("the first answer");
        await model.EnteredAsync();

        model.Release(); // the answer that its caller is slow with

        await model.EnteredAsync();
        Assert.False(slow.IsCompleted);
        written.Set();
        Assert.True(await slow.WithinAsync("the slow caller"));
        model.Open();
        await GatedModel.AnswersAsync(next, "the next answer", 2f);
    }

    [Fact]
    public async Task Priorities_go_first()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { PriorityLevels = 3, DefaultPriorityLevel = 2 }, maxRows: 1);
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var order = new System.Collections.Concurrent.ConcurrentQueue<int>();
        var waiting = Priorities.Select((priority, i) => Note(i, model.RunAsync(GatedModel.Floats([1, 1], i) with { Priority = priority }, CancellationToken.None))).ToArray();

        for (var i = 0; i < 6; i++)
        {
            model.Release();
            await Eventually.TrueAsync($"answer {i}", () => first.IsCompleted && order.Count >= i);
        }

        await Task.WhenAll(waiting).WithinAsync("all answers");
        Assert.Equal("2 4 1 3 0", string.Join(' ', order));
        var error = await Assert.ThrowsAsync<ServiceError>(() => model.RunAsync(GatedModel.Floats([1, 1], 9) with { Priority = 4 }, CancellationToken.None));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);

        async Task Note(int i, Task task)
        {
            await task;
            order.Enqueue(i);
        }
    }
}
