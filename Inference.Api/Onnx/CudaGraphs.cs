using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>
/// Runs on a device that are captured once for each count of rows, as a CUDA graph, and replayed from then on: the host submits one call instead of one for each kernel.
/// A graph reads and writes where it did when it was captured: inputs are copied there before a run, outputs from there after it. For at most <see cref="MaxRows"/> rows and <see cref="MaxBytes"/>; what is larger, or asks for some of the outputs, runs without a graph.
/// A session with graphs may be used by one thread only: <see cref="OnItsThread"/>.
/// </summary>
/// <remarks>Source: <see href="https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#using-cuda-graphs-preview">ONNX Runtime, using CUDA graphs</see>.</remarks>
internal sealed class CudaGraphs : IBoundRuns
{
    public const int MaxRows = 32;

    /// <summary>Of all inputs and outputs of one run.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>Of a run's options: the number of its graph.</summary>
    public const string GraphId = "gpu_graph_id";

    /// <summary>A run that captures and replays nothing.</summary>
    public const string NoGraph = "-1";

    private readonly InferenceSession session;
    private readonly OnnxSignature signature;
    private readonly BoundShapes shapes;
    private readonly OrtMemoryInfo memory;
    private readonly OrtAllocator allocator;
    private readonly CudaDriver driver;
    private readonly CudaGraphRun?[] runs; // by rows, from 1
    private readonly BlockingCollection<Action> asked = []; // at most one for each run that is under way, of which the batcher has as many as instances
    private readonly Thread thread;
    private int graphs; // made so far
    private bool givenUp;

    /// <param name="memory">The device's. Taken over.</param>
    /// <param name="driver">Of the device. Taken over.</param>
    /// <exception cref="InvalidDataException">The driver cannot be used by another thread.</exception>
    public CudaGraphs(InferenceSession session, OnnxSignature signature, OrtMemoryInfo memory, CudaDriver driver)
    {
        (this.session, this.signature, this.memory, this.driver, shapes) = (session, signature, memory, driver, new BoundShapes(signature, MaxRows, MaxBytes));
        allocator = Allocator();
        runs = new CudaGraphRun?[shapes.MaxRows];
        thread = new Thread(Work) { IsBackground = true, Name = "CUDA graphs" };
        thread.Start();
        try
        {
            OnItsThread(() => driver.Attach());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Graphs of a session on the CUDA device <paramref name="gpuId"/>.</summary>
    /// <exception cref="InvalidDataException">The driver's library cannot be used.</exception>
    public static CudaGraphs On(int gpuId, InferenceSession session, OnnxSignature signature)
    {
        var driver = CudaDriver.Open(gpuId);
        return new CudaGraphs(session, signature, new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, gpuId, OrtMemType.Default), driver);
    }

    /// <summary>Does something with the session, on the one thread that may, and blocks the calling one meanwhile.</summary>
    public T OnItsThread<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>();
        asked.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    public RunOutputs? TryRun(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken, out bool failed)
    {
        failed = false;
        if (givenUp || shapes.RowsOf(inputs, outputs) is not (> 0 and var rows))
        {
            return null;
        }

        cancellationToken.ThrowIfCancellationRequested(); // a graph that has begun cannot be stopped
        try
        {
            var run = runs[rows - 1] ??= new CudaGraphRun(session, signature, allocator, driver, rows, ++graphs);
            return run.Run(session, inputs);
        }
        catch (OnnxRuntimeException)
        {
            runs[rows - 1]?.Dispose();
            runs[rows - 1] = null;
            failed = true;
            return null;
        }
    }

    public void GiveUp() => givenUp = true;

    public void Dispose()
    {
        asked.CompleteAdding();
        thread.Join();
        asked.Dispose();
        Array.ForEach(runs, run => run?.Dispose());
        allocator.Dispose();
        memory.Dispose();
        driver.Dispose();
    }

    private OrtAllocator Allocator()
    {
        try
        {
            return new OrtAllocator(session, memory);
        }
        catch
        {
            memory.Dispose();
            driver.Dispose();
            throw;
        }
    }

    private void Work()
    {
        foreach (var work in asked.GetConsumingEnumerable())
        {
            work();
        }
    }
}
