using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>One ONNX Runtime session: tensors in, tensors out. Safe for concurrent runs; dispose only when none is under way.</summary>
internal sealed class OnnxRunner : IDisposable
{
    private readonly InferenceSession session;
    private readonly ConcurrentBag<RunArguments> idle = []; // at most as many as there were runs at once
    private readonly OutputBinding? binding; // null on the CPU, where outputs are written where they are read
    private readonly IBoundRuns? bound; // null on a device without graphs
    private readonly CudaGraphs? graphs; // what is bound, on a device with graphs

    /// <param name="model">The ONNX file; not looked at any more afterwards.</param>
    /// <param name="placement">Where <paramref name="options"/> make it run.</param>
    /// <exception cref="OnnxRuntimeException">The file is no model that this ONNX Runtime can load.</exception>
    /// <exception cref="NotSupportedException">The model has an input or output that V2 cannot carry.</exception>
    public OnnxRunner(byte[] model, SessionOptions options, Placement placement)
    {
        Placement = placement;
        session = new InferenceSession(model, options);
        try
        {
            Signature = OnnxSignature.Of(session);
            binding = placement.GpuId is { } gpu ? OutputBinding.Pinned(gpu, Signature.Outputs.Where(output => output.DataType == DataType.Bytes).Select(output => output.Name).ToHashSet()) : null;
            graphs = placement is { GpuId: { } device, CudaGraphs: true } ? CudaGraphs.On(device, session, Signature) : null;
            bound = binding is null ? new BoundRuns(session, Signature) : graphs;
        }
        catch
        {
            binding?.Dispose();
            session.Dispose();
            throw;
        }
    }

    public OnnxSignature Signature { get; }

    public Placement Placement { get; }

    /// <summary>Blocks the calling thread until the model has answered.</summary>
    /// <param name="inputs">Any order; checked against the model by the caller.</param>
    /// <param name="outputs">Names; the answer has their order.</param>
    /// <param name="cancellationToken">Stops the run between two of its nodes.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: the model cannot work on these values or shapes.</exception>
    public RunOutputs Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken) =>
        graphs is null ? RunHere(inputs, outputs, cancellationToken) : graphs.OnItsThread(() => RunHere(inputs, outputs, cancellationToken));

    public void Dispose()
    {
        foreach (var arguments in idle)
        {
            arguments.Dispose();
        }

        bound?.Dispose();
        session.Dispose();
        binding?.Dispose();
    }

    private RunOutputs RunHere(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken)
    {
        var failed = false;
        if (bound?.TryRun(inputs, outputs, cancellationToken, out failed) is { } done)
        {
            return done;
        }

        var result = RunUnbound(inputs, outputs, cancellationToken);
        if (failed)
        {
            bound!.GiveUp();
        }

        return result;
    }

    /// <summary>Outputs of any shape, in memory that ONNX Runtime takes when it knows it.</summary>
    private RunOutputs RunUnbound(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken)
    {
        var arguments = idle.TryTake(out var taken) ? taken : new RunArguments(Signature.Inputs.Count, graphs is not null);
        try
        {
            arguments.Set(inputs);
            var (options, names, values) = (arguments.Options, arguments.Names, arguments.Values);
            using (cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options))
            {
                return OrtTensors.ToOutputs(binding is null ? session.Run(options, names, values, outputs) : binding.Run(session, options, (names, values), outputs), outputs);
            }
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw OnnxErrors.OfRun(exception);
        }
        finally
        {
            GiveBack(arguments);
        }
    }

    private void GiveBack(RunArguments arguments)
    {
        arguments.Clear();
        if (arguments.Options.Terminate)
        {
            arguments.Dispose();
        }
        else
        {
            idle.Add(arguments);
        }
    }
}
