using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>Runs whose memory is bound before they begin, and what happens where it cannot be.</summary>
public sealed class BoundRunsTests
{
    /// <summary>An output that the model computes, one that is its input, and one that is always the same.</summary>
    private static readonly OnnxModel Three = new OnnxModel()
        .Input("x", OnnxType.F32, -1, 2).Output("negated", OnnxType.F32, -1, 2).Output("same", OnnxType.F32, -1, 2).Output("always", OnnxType.F32, 3)
        .Floats("constant", [7, 8, 9], 3)
        .Node("Neg", ["x"], ["negated"]).Node("Identity", ["x"], ["same"]).Node("Identity", ["constant"], ["always"]);

    [Fact]
    public void A_run_has_memory_of_its_own_until_it_is_disposed_and_the_next_one_has_it_again()
    {
        using var runner = Runner(Three);
        string[] outputs = ["negated", "same", "always"];

        var first = runner.Run([Rows(1, 2)], outputs, default);
        var second = runner.Run([Rows(3, 4)], outputs, default);
        Assert.Equal([[-1, -2], [1, 2], [7, 8, 9]], Values(first));
        Assert.Equal([[-3, -4], [3, 4], [7, 8, 9]], Values(second));
        Assert.Equal([[1, 2], [1, 2], [3]], first.Tensors.Select(tensor => tensor.Shape));

        var memory = first.Tensors[0];
        first.Dispose();
        using var third = runner.Run([Rows(5, 6)], outputs, default);
        Assert.Same(memory, third.Tensors[0]);
        Assert.Equal([[-5, -6], [5, 6], [7, 8, 9]], Values(third));
        Assert.Equal([-3f, -4f], Values(second)[0]);
        second.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(BoundRuns.MaxRows)]
    [InlineData(BoundRuns.MaxRows + 1)]
    public void Each_count_of_rows_has_its_own_shape(int rows)
    {
        using var runner = Runner(Three);
        float[] numbers = [.. Enumerable.Range(0, 2 * rows).Select(number => (float)number)];

        foreach (var _ in (int[])[1, 2])
        {
            using var other = runner.Run([Rows(1, 2, 3, 4)], ["negated", "same", "always"], default);
            using var outputs = runner.Run([Rows(numbers)], ["negated", "same", "always"], default);
            Assert.Equal([rows, 2], outputs.Tensors[0].Shape);
            Assert.Equal(numbers.Select(number => -number), Values(outputs)[0]);
        }
    }

    [Fact]
    public void Some_of_the_outputs_or_another_order_are_answered_as_asked()
    {
        using var runner = Runner(Three);

        using var outputs = runner.Run([Rows(1, 2)], ["always", "negated"], default);

        Assert.Equal([[7, 8, 9], [-1, -2]], Values(outputs));
    }

    [Fact]
    public void Outputs_that_have_not_the_rows_of_the_inputs_come_as_the_model_makes_them()
    {
        using var runner = Runner(new OnnxModel().Input("x", OnnxType.F32, -1).Output("places", OnnxType.I64, 1, -1).Output("twice", OnnxType.F32, -1)
            .Node("NonZero", ["x"], ["places"]).Node("Concat", ["x", "x"], ["twice"], ("axis", 0L)));
        using var bindable = Runner(new OnnxModel().Input("x", OnnxType.F32, -1).Output("twice", OnnxType.F32, -1).Node("Concat", ["x", "x"], ["twice"], ("axis", 0L)));

        foreach (var values in (float[][])[[1, 0, 3], [4, 5, 6], [1, 2]])
        {
            var x = new Tensor("x", DataType.Fp32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
            using var free = runner.Run([x], ["places", "twice"], default);
            using var twice = bindable.Run([x], ["twice"], default);
            Assert.Equal([1, values.Count(value => value != 0)], free.Tensors[0].Shape);
            Assert.Equal([.. values, .. values], Values(twice)[0]);
        }
    }

    [Fact]
    public void Values_that_the_model_cannot_work_on_fail_with_its_own_words_and_the_next_run_succeeds()
    {
        using var runner = Runner(new OnnxModel().Input("n", OnnxType.I64, -1).Output("y", OnnxType.F32, -1).Floats("table", [7, 8, 9], 3).Node("Gather", ["table", "n"], ["y"]));

        Assert.Contains("indices element out of data bounds", Assert.Throws<ServiceError>(() => runner.Run([Index(3)], ["y"], default)).Message, StringComparison.Ordinal);
        using var outputs = runner.Run([Index(2)], ["y"], default);
        Assert.Equal([9], Values(outputs)[0]);
    }

    [Fact]
    public void A_bound_run_can_be_stopped_and_the_next_one_is_not()
    {
        using var runner = Runner(ModelFolder.Loop);
        using var stopping = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.Throws<OperationCanceledException>(() => runner.Run([Index(long.MaxValue), Vector(1)], ["y"], stopping.Token));
        using var outputs = runner.Run([Index(3), Vector(1)], ["y"], default);
        Assert.Equal([-1], Values(outputs)[0]);
    }

    private static OnnxRunner Runner(OnnxModel model)
    {
        using var options = new SessionOptionsFactory(Options.Create(new OnnxOptions())).Create();
        return new OnnxRunner(model.ToBytes(), options, new Placement(GpuId: null, Threads: 1));
    }

    private static Tensor Rows(params float[] values) => new("x", DataType.Fp32, [values.Length / 2, 2], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static Tensor Vector(params float[] values) => new("x", DataType.Fp32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static Tensor Index(long value) => new("n", DataType.Int64, [1], BitConverter.GetBytes(value));

    private static float[][] Values(RunOutputs outputs) => [.. outputs.Tensors.Select(tensor => MemoryMarshal.Cast<byte, float>(tensor.Data.Span).ToArray())];
}
