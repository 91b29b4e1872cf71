using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class DynamicBatcherTests
{
    private static readonly OnnxModel Identity = new OnnxModel().Input("x", OnnxType.F32, -1, -1).Output("y", OnnxType.F32, -1, -1).Node("Identity", ["x"], ["y"]);

    // The sum over all rows: one row, however many went in.
    private static readonly OnnxModel Sum = new OnnxModel().Input("x", OnnxType.F32, -1, 1).Output("y", OnnxType.F32, -1, 1).Integers("axes", [0], 1).Node("ReduceSum", ["x", "axes"], ["y"], ("keepdims", 1L));

    [Fact]
    public async Task An_idle_model_runs_a_request_at_once_on_its_caller_whatever_the_delay()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { MaxQueueDelayMicroseconds = 60_000_000 });
        model.Open();

        var task = model.RunAsync(GatedModel.Floats([1, 2], 1, 2), CancellationToken.None);

        Assert.True(task.IsCompletedSuccessfully);
        await GatedModel.AnswersAsync(task, "the answer", 1, 2);
        Assert.Equal((1, 1), ((await task).Report.Rows, (await task).Report.Requests));
    }

    [Fact]
    public async Task What_waits_for_a_busy_model_runs_together_and_each_gets_its_own_rows()
    {
        using var model = new GatedModel(ModelFolder.Line, new DynamicBatching());
        var first = await model.OccupyAsync(GatedModel.Floats([1, 2], 0, 0));
        var waiting = new[] { GatedModel.Floats([1, 2], 1, 2), GatedModel.Floats([2, 2], 3, 4, 5, 6), GatedModel.Floats([1, 2], 7, 8) }
            .Select(run => model.RunAsync(run, CancellationToken.None)).ToArray();
        model.Open();

        await first.WithinAsync("the first answer");
        var results = await Task.WhenAll(waiting).WithinAsync("the batch");

        Assert.Equal([[3f, 5f], [7f, 9f, 11f, 13f], [15f, 17f]], results.Select(result => GatedModel.Floats(result))); // 2x + 1
        Assert.Equal([new long[] { 1, 2 }, [2, 2], [1, 2]], results.Select(result => result.Outputs.Tensors[0].Shape));
        Assert.All(results, result => Assert.Equal((4, 3), (result.Report.Rows, result.Report.Requests)));
        Assert.Null((await first).Report.Batch);
        Assert.Equal([0L, 1L, 3L], results.Select(result => result.Report.Batch!.FirstRow));
        Assert.Single(results.Select(result => result.Report.Batch!.Id).Distinct());
        Assert.Equal([1L, 4L], model.Reports.Select(report => report.Rows));
    }

    [Fact]
    public async Task The_delay_counts_from_the_oldest_request()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { MaxQueueDelayMicroseconds = 100_000 });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var older = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        model.Time.Advance(TimeSpan.FromMilliseconds(60));
        var younger = model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None);
        model.Open();
        await first.WithinAsync("the first answer");
        await Eventually.TrueAsync("the batcher to wait for the delay", () => model.Time.ArmedTimers == 1);

        model.Time.Advance(TimeSpan.FromMilliseconds(39));
        Assert.False(older.IsCompleted || younger.IsCompleted);
        model.Time.Advance(TimeSpan.FromMilliseconds(1));

        var results = await Task.WhenAll(older, younger).WithinAsync("the batch after 100 ms");
        Assert.All(results, result => Assert.Equal(2, result.Report.Requests));
        Assert.Equal([100.0, 40.0], results.Select(result => model.Time.GetElapsedTime(result.Report.QueuedAt, result.Report.StartedAt).TotalMilliseconds));
    }

    [Theory]
    [InlineData(999, 0)]
    [InlineData(1000, 1)]
    public async Task A_delay_that_no_timer_can_count_is_not_waited_for(int microseconds, int timers)
    {
        using var model = new GatedModel(Identity, new DynamicBatching { MaxQueueDelayMicroseconds = microseconds });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 1));
        var second = model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None);
        model.Open();
        await first.WithinAsync("the first answer");

        Assert.Equal(timers, model.Time.ArmedTimers);
        model.Time.Advance(TimeSpan.FromMicroseconds(timers * microseconds));
        await GatedModel.AnswersAsync(second, "the second", 2f);
    }

    [Fact]
    public async Task A_preferred_size_runs_without_waiting_for_the_delay()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { MaxQueueDelayMicroseconds = 100_000, PreferredBatchSize = [2] });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var one = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        model.Open();
        await first.WithinAsync("the first answer");
        await Eventually.TrueAsync("the batcher to wait for the delay", () => model.Time.ArmedTimers == 1);

        var two = model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None);

        Assert.All(await Task.WhenAll(one, two).WithinAsync("the batch of two"), result => Assert.Equal(2, result.Report.Requests));
    }

    [Fact]
    public async Task What_waits_for_more_runs_at_once_when_another_shape_comes_behind_it()
    {
        using var model = new GatedModel(Identity, new DynamicBatching { MaxQueueDelayMicroseconds = 100_000 });
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waits = model.RunAsync(GatedModel.Floats([1, 1], 1), CancellationToken.None);
        model.Open();
        await first.WithinAsync("the first answer");
        await Eventually.TrueAsync("the batcher to wait for the delay", () => model.Time.ArmedTimers == 1);

        var other = model.RunAsync(GatedModel.Floats([1, 2], 2, 3), CancellationToken.None);

        await GatedModel.AnswersAsync(waits, "what waited", 1f);
        await Eventually.TrueAsync("the batcher to wait again", () => model.Time.ArmedTimers == 1);
        Assert.False(other.IsCompleted); // it is alone now, and has a delay of its own
        model.Time.Advance(TimeSpan.FromMilliseconds(100));
        await GatedModel.AnswersAsync(other, "the other shape", 2f, 3f);
    }

    [Fact]
    public async Task Different_shapes_never_share_a_run()
    {
        using var model = new GatedModel(Identity, new DynamicBatching());
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = new[] { GatedModel.Floats([1, 2], 1, 2), GatedModel.Floats([1, 3], 3, 4, 5), GatedModel.Floats([1, 2], 6, 7), GatedModel.Floats([2, 3], 1, 2, 3, 4, 5, 6) }
            .Select(run => model.RunAsync(run, CancellationToken.None)).ToArray();
        model.Open();

        await first.WithinAsync("the first answer");
        var results = await Task.WhenAll(waiting).WithinAsync("all answers");

        Assert.Equal([[1f, 2f], [3f, 4f, 5f], [6f, 7f], [1f, 2f, 3f, 4f, 5f, 6f]], results.Select(result => GatedModel.Floats(result)));
        Assert.Equal([1L, 2L, 3L], model.Reports.Select(report => report.Rows)); // the two of width 2, then the two of width 3
    }

    [Fact]
    public async Task More_rows_than_one_run_takes_become_several_runs()
    {
        using var model = new GatedModel(Identity, new DynamicBatching(), maxRows: 4);
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = Enumerable.Range(1, 9).Select(i => model.RunAsync(GatedModel.Floats([1, 1], i), CancellationToken.None)).ToArray();
        model.Open();

        await first.WithinAsync("the first answer");
        var results = await Task.WhenAll(waiting).WithinAsync("all answers");

        Assert.Equal(Enumerable.Range(1, 9).Select(i => (float)i), results.Select(result => GatedModel.Floats(result)[0]));
        Assert.Equal([1L, 4L, 4L, 1L], model.Reports.Select(report => report.Rows));
    }

    [Theory]
    [MemberData(nameof(QueueTests.Positions), MemberType = typeof(QueueTests))]
    public async Task One_request_that_the_model_refuses_touches_no_neighbour_at_any_position(int position)
    {
        // y = table[x]; an index that is not there makes the run fail.
        var gather = new OnnxModel().Input("x", OnnxType.I64, -1, 1).Output("y", OnnxType.F32, -1, 1).Floats("table", [10, 11, 12, 13], 4).Node("Gather", ["table", "x"], ["y"]);

        var failure = await OneFailsAsync(gather, position, 99, y => y - 10);

        Assert.Equal(ErrorCode.InvalidArgument, Assert.IsType<ServiceError>(failure).Code);
    }

    [Theory]
    [MemberData(nameof(QueueTests.Positions), MemberType = typeof(QueueTests))]
    public async Task One_request_that_needs_more_memory_than_there_is_touches_no_neighbour_at_any_position(int position)
    {
        // y = x + the sum of as many zeros as the largest x says.
        var zeros = new OnnxModel().Input("x", OnnxType.I64, -1, 1).Output("y", OnnxType.F32, -1, 1).Integers("axes", [0], 1)
            .Node("ReduceMax", ["x", "axes"], ["largest"], ("keepdims", 0L)).Node("ConstantOfShape", ["largest"], ["zeros"]).Node("ReduceSum", ["zeros"], ["sum"], ("keepdims", 0L))
            .Node("Cast", ["x"], ["number"], ("to", 1L)).Node("Add", ["number", "sum"], ["y"]);

        var failure = await OneFailsAsync(zeros, position, 1L << 58, y => y);

        Assert.Equal(ErrorCode.InvalidArgument, Assert.IsType<ServiceError>(failure).Code); // no machine has 2^60 bytes
    }

    [Fact]
    public async Task Requests_that_want_different_outputs_share_a_run()
    {
        var two = new OnnxModel().Input("x", OnnxType.F32, -1, 1).Output("neg", OnnxType.F32, -1, 1).Output("abs", OnnxType.F32, -1, 1).Node("Neg", ["x"], ["neg"]).Node("Abs", ["x"], ["abs"]);
        using var model = new GatedModel(two, new DynamicBatching());
        var first = await model.OccupyAsync(Want(0, "neg"));
        var negative = model.RunAsync(Want(-3, "neg"), CancellationToken.None);
        var both = model.RunAsync(Want(-4, "abs", "neg"), CancellationToken.None);
        model.Open();
        await first.WithinAsync("the first answer");

        await GatedModel.AnswersAsync(negative, "the first of two", 3f);
        Assert.Single((await negative).Outputs.Tensors);
        Assert.Equal(["abs", "neg"], (await both.WithinAsync("the second of two")).Outputs.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(4f, GatedModel.Floats(await both)[0]);
        Assert.Equal(2, (await both).Report.Requests);

        static ModelRun Want(float x, params string[] outputs) => GatedModel.Floats([1, 1], x) with { Outputs = outputs };
    }

    [Fact]
    public async Task Strings_are_split_where_they_end()
    {
        using var model = new GatedModel(new OnnxModel().Input("x", OnnxType.Str, -1, 2).Output("y", OnnxType.Str, -1, 2).Node("Identity", ["x"], ["y"]), new DynamicBatching());
        var first = await model.OccupyAsync(Strings("", ""));
        var waiting = new[] { Strings("a", "long one"), Strings("", "b"), Strings("cd", "") }.Select(run => (run, model.RunAsync(run, CancellationToken.None))).ToArray();
        model.Open();
        await first.WithinAsync("the first answer");

        foreach (var (run, task) in waiting)
        {
            var result = await task.WithinAsync("an answer");
            Assert.Equal(run.Inputs[0].Data.ToArray(), result.Outputs.Tensors[0].Data.ToArray());
            Assert.Equal(3, result.Report.Requests);
        }

        static ModelRun Strings(params string[] values) =>
            new([new Tensor("x", DataType.Bytes, [1, 2], values.SelectMany(value => BitConverter.GetBytes(value.Length).Concat(System.Text.Encoding.UTF8.GetBytes(value))).ToArray())], ["y"], 1);
    }

    [Fact]
    public async Task A_model_whose_outputs_have_other_rows_is_batched_once_and_not_again()
    {
        using var model = new GatedModel(Sum, new DynamicBatching());
        foreach (var runs in (int[])[4, 3, 3]) // the first, then the others together, whose answer cannot be told apart, and by themselves
        {
            var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 1));
            Task<ModelResult>[] others = [model.RunAsync(GatedModel.Floats([1, 1], 2), CancellationToken.None), model.RunAsync(GatedModel.Floats([1, 1], 3), CancellationToken.None)];
            model.Release();
            for (var run = 1; run < runs; run++)
            {
                await model.EnteredAsync();
                model.Release();
            }

            await GatedModel.AnswersAsync(first, "the first", 1);
            await GatedModel.AnswersAsync(others[0], "the second", 2);
            await GatedModel.AnswersAsync(others[1], "the third", 3);
        }

        Assert.Equal((1, 10), (model.GivenUp, model.Runs));
    }

    [Fact]
    public async Task A_model_whose_outputs_have_other_rows_answers_each_request_by_itself()
    {
        using var model = new GatedModel(Sum, new DynamicBatching());
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = new[] { GatedModel.Floats([2, 1], 1, 2), GatedModel.Floats([1, 1], 5) }.Select(run => model.RunAsync(run, CancellationToken.None)).ToArray();
        model.Open();
        await first.WithinAsync("the first answer");

        Assert.Equal([[3f], [5f]], (await Task.WhenAll(waiting).WithinAsync("both answers")).Select(result => GatedModel.Floats(result)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Who_leaves_while_it_runs_by_itself_stops_its_own_run_and_the_other_is_answered(int leaving)
    {
        using var model = new GatedModel(Sum, new DynamicBatching());
        using var left = new CancellationTokenSource();
        var first = await model.OccupyAsync(GatedModel.Floats([1, 1], 0));
        var waiting = new[] { GatedModel.Floats([1, 1], 3), GatedModel.Floats([1, 1], 5) }.Select((run, i) => model.RunAsync(run, i == leaving ? left.Token : CancellationToken.None)).ToArray();
        for (var runs = 0; runs < 2 + leaving; runs++) // the first one, both together, and who is before the one that leaves
        {
            model.Release();
            await model.EnteredAsync();
        }

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[leaving].WithinAsync("the one that left"));
        model.Open();
        await GatedModel.AnswersAsync(waiting[1 - leaving], "the other", leaving == 0 ? 5f : 3f);
        await GatedModel.AnswersAsync(first, "the first answer", 0f);
    }

    /// <summary>Four requests share a run, each with its position but one with <paramref name="bad"/>; the others get theirs back through <paramref name="inverse"/>.</summary>
    private static async Task<Exception> OneFailsAsync(OnnxModel onnx, int position, long bad, Func<float, float> inverse)
    {
        using var model = new GatedModel(onnx, new DynamicBatching());
        var first = await model.OccupyAsync(Run(0));
        var waiting = Enumerable.Range(0, 4).Select(i => model.RunAsync(Run(i == position ? bad : i), CancellationToken.None)).ToArray();
        model.Open();
        await first.WithinAsync("the first answer");

        foreach (var i in Enumerable.Range(0, 4).Except([position]))
        {
            Assert.Equal(i, inverse(GatedModel.Floats(await waiting[i].WithinAsync($"neighbour {i}"))[0]));
        }

        return await Assert.ThrowsAnyAsync<Exception>(() => waiting[position].WithinAsync("the one that fails"));

        static ModelRun Run(long x) => new([new Tensor("x", DataType.Int64, [1, 1], BitConverter.GetBytes(x))], ["y"], 1);
    }
}
