using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Batching;

/// <summary>A real ONNX Runtime session behind a batcher with one instance. A test holds its runs and lets them go one by one.</summary>
internal sealed class GatedModel : IDisposable
{
    private readonly OnnxRunner runner;
    private readonly SemaphoreSlim gate = new(0);
    private readonly SemaphoreSlim entered = new(0);
    private volatile bool open;
    private int runs;

    public GatedModel(OnnxModel model, DynamicBatching batching, int maxRows = 8)
    {
        using var options = new SessionOptionsFactory(Options.Create(new OnnxOptions())).Create();
        runner = new OnnxRunner(model.ToBytes(), options, new Placement(GpuId: null, Threads: 1));
        Batcher = new DynamicBatcher(new BatchRunner(Run, Reports.Enqueue, Time, () => GivenUp++), new BatcherOptions(new BatchPolicy(maxRows, batching.PreferredBatchSize), batching, Instances: 1), Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public DynamicBatcher Batcher { get; }

    public ConcurrentQueue<RunReport> Reports { get; } = new();

    /// <summary>How often it was told that requests run alone from now on.</summary>
    public int GivenUp { get; private set; }

    /// <summary>Runs that were entered, those whose answer was thrown away too.</summary>
    public int Runs => Volatile.Read(ref runs);

    /// <summary>The token of the last run that was entered.</summary>
    public CancellationToken LastToken { get; private set; }

    public static ModelRun Floats(long[] shape, params float[] values) =>
        new([new Tensor("x", DataType.Fp32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray())], ["y"], shape[0]);

    public static float[] Floats(ModelResult result, int output = 0) => MemoryMarshal.Cast<byte, float>(result.Outputs.Tensors[output].Data.Span).ToArray();

    /// <summary>Waits for an answer and compares its first output.</summary>
    public static async Task AnswersAsync(Task<ModelResult> task, string what, params float[] expected)
    {
        using var outputs = (await task.WithinAsync(what)).Outputs;
        Assert.Equal(expected, Floats(await task));
    }

    public Task<ModelResult> RunAsync(ModelRun run, CancellationToken cancellationToken) => Batcher.RunAsync(run, cancellationToken).AsTask();

    /// <summary>Starts a request that occupies the instance, and waits until it runs.</summary>
    public async Task<Task<ModelResult>> OccupyAsync(ModelRun run, CancellationToken cancellationToken = default)
    {
        var task = Task.Run(() => RunAsync(run, cancellationToken), CancellationToken.None);
        await EnteredAsync();
        return task;
    }

    public async Task EnteredAsync() => Assert.True(await entered.WaitAsync(Eventually.DefaultLimit), "a run was expected to start");

    /// <summary>Lets one run go.</summary>
    public void Release() => gate.Release();

    /// <summary>Lets this run and all later ones go.</summary>
    public void Open()
    {
        open = true;
        gate.Release(100);
    }

    public void Dispose()
    {
        Open();
        Batcher.Dispose();
        runner.Dispose();
        gate.Dispose();
        entered.Dispose();
    }

    private RunOutputs Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken)
    {
        LastToken = cancellationToken;
        Interlocked.Increment(ref runs);
        entered.Release();
        if (!open)
        {
            gate.Wait(cancellationToken);
        }

        return runner.Run(inputs, outputs, cancellationToken);
    }
}
