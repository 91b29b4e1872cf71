using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>What runs with CUDA graphs take beside the graphs themselves: fixed memory, copies around a run, one thread. Memory of the CPU stands for the device's.</summary>
public sealed class CudaGraphsTests
{
    private static readonly string[] Outputs = ["negated", "always"];

    private static readonly OnnxModel Model = new OnnxModel()
        .Input("x", OnnxType.F32, -1, 2).Output("negated", OnnxType.F32, -1, 2).Output("always", OnnxType.F32, 3)
        .Floats("constant", [7, 8, 9], 3).Node("Neg", ["x"], ["negated"]).Node("Identity", ["constant"], ["always"]);

    [Fact]
    public void Runs_of_any_rows_in_any_order_answer_with_their_own_values_in_memory_of_their_own()
    {
        using var graphed = new Graphed(Model);

        var first = graphed.Run([1, 2]);
        var two = graphed.Run([3, 4, 5, 6]);
        var again = graphed.Run([-1, float.NaN]);

        Assert.Equal([[-1, -2], [7, 8, 9]], Values(first));
        Assert.Equal([[-3, -4, -5, -6], [7, 8, 9]], Values(two));
        Assert.Equal([[1, float.NaN], [7, 8, 9]], Values(again));
        Assert.Equal([[2, 2], [3]], two.Tensors.Select(tensor => tensor.Shape));
    }

    [Fact]
    public async Task Whoever_calls_the_session_is_used_by_one_thread()
    {
        using var graphed = new Graphed(Model);
        var threads = new ConcurrentDictionary<int, bool>();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(() =>
        {
            var outputs = graphed.Graphs.OnItsThread(() =>
            {
                threads[Environment.CurrentManagedThreadId] = true;
                return graphed.Graphs.TryRun([X([number, 0])], Outputs, default, out _)!;
            });
            Assert.Equal([-number, 0], Values(outputs)[0]);
        })));

        Assert.Single(threads);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(CudaGraphs.MaxRows, true)]
    [InlineData(CudaGraphs.MaxRows + 1, false)]
    public void A_graph_is_captured_up_to_the_most_rows(int rows, bool captured)
    {
        using var graphed = new Graphed(Model);

        Assert.Equal(captured, graphed.TryRun(new float[2 * rows], Outputs, default, out var failed) is not null);
        Assert.False(failed);
    }

    [Fact]
    public void Some_of_the_outputs_are_not_captured()
    {
        using var graphed = new Graphed(Model);

        Assert.Null(graphed.TryRun([1, 2], ["negated"], default, out _));
    }

    [Fact]
    public void A_run_that_is_cancelled_before_its_turn_does_not_begin_and_the_next_one_does()
    {
        using var graphed = new Graphed(Model);

        Assert.Throws<OperationCanceledException>(() => graphed.TryRun([1, 2], Outputs, new CancellationToken(canceled: true), out _));
        Assert.Equal([-3, -4], Values(graphed.Run([3, 4]))[0]);
    }

    [Fact]
    public void An_output_of_another_shape_than_declared_fails_and_when_the_model_can_do_it_no_graph_is_tried_again()
    {
        using var graphed = new Graphed(new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("twice", OnnxType.F32, -1, 2).Node("Concat", ["x", "x"], ["twice"], ("axis", 0L)));

        Assert.Null(graphed.TryRun([1, 2], ["twice"], default, out var failed));
        Assert.True(failed);
        graphed.Graphs.GiveUp();
        Assert.Null(graphed.TryRun([1, 2], ["twice"], default, out failed));
        Assert.False(failed);
    }

    [Theory]
    [InlineData(1, null, "cuDeviceGet of the CUDA driver returned 101")]
    [InlineData(0, "cuMemcpyHtoD_v2", "the CUDA driver has no cuMemcpyHtoD_v2")]
    [InlineData(0, "cuCtxSetCurrent", "the CUDA driver has no cuCtxSetCurrent")]
    public void A_driver_that_cannot_be_used_says_which_of_its_functions(int gpuId, string? missing, string says)
    {
        using var session = new InferenceSession(Model.ToBytes());

        var refusal = Assert.Throws<InvalidDataException>(() => new CudaGraphs(session, OnnxSignature.Of(session), Memory(), new CudaDriver(gpuId, name => name == missing ? 0 : CudaLibrary.Function(name))));

        Assert.Equal(says, refusal.Message);
    }

    private static OrtMemoryInfo Memory() => new(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.DeviceAllocator, 0, OrtMemType.Default);

    private static Tensor X(float[] values) => new("x", DataType.Fp32, [values.Length / 2, 2], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static float[][] Values(RunOutputs outputs) => [.. outputs.Tensors.Select(tensor => MemoryMarshal.Cast<byte, float>(tensor.Data.Span).ToArray())];

    private sealed class Graphed : IDisposable
    {
        private readonly InferenceSession session;

        public Graphed(OnnxModel model)
        {
            session = new InferenceSession(model.ToBytes());
            Graphs = new CudaGraphs(session, OnnxSignature.Of(session), Memory(), new CudaDriver(gpuId: 0, CudaLibrary.Function));
        }

        public CudaGraphs Graphs { get; }

        public RunOutputs Run(float[] values) => TryRun(values, Outputs, default, out _)!;

        public RunOutputs? TryRun(float[] values, string[] outputs, CancellationToken cancellationToken, out bool failed)
        {
            var (result, begun) = Graphs.OnItsThread(() => (Graphs.TryRun([X(values)], outputs, cancellationToken, out var tried), tried));
            failed = begun;
            return result;
        }

        public void Dispose()
        {
            Graphs.Dispose();
            session.Dispose();
        }
    }
}
