using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>
/// Runs whose memory is there, and bound, before they begin: for tensors of numbers whose shapes the model declares but for the first dimension, the rows. Inputs are copied in, outputs are read where the model wrote them, and nothing is made for a run.
/// For at most <see cref="MaxRows"/> rows and <see cref="MaxBytes"/>: what this saves is the same for a run of any size, what the copy takes is not. As many are kept for a count of rows as there were runs of it at once. Thread-safe.
/// </summary>
internal sealed class BoundRuns : IDisposable
{
    public const int MaxRows = 32;

    /// <summary>Of all inputs and outputs of one run.</summary>
    public const long MaxBytes = 64 * 1024;

    private readonly InferenceSession session;
    private readonly OnnxSignature signature;
    private readonly ConcurrentQueue<BoundRun>[] idle; // by rows, from 1
    private volatile int maxRows; // 0: none can be bound

    public BoundRuns(InferenceSession session, OnnxSignature signature)
    {
        (this.session, this.signature) = (session, signature);
        maxRows = Enumerable.Range(1, MaxRows).TakeWhile(rows => Fits(rows)).Count();
        idle = [.. Enumerable.Range(0, maxRows).Select(_ => new ConcurrentQueue<BoundRun>())];
    }

    /// <summary>The declared shape with <paramref name="rows"/> where the first dimension is free.</summary>
    public static long[] ShapeOf(TensorMetadata declared, long rows) => declared.Shape[0] == -1 ? [rows, .. declared.Shape.AsSpan(1)] : declared.Shape;

    /// <summary>Runs with bound memory.</summary>
    /// <param name="failed">It was begun: without bound memory it succeeds, or says why not.</param>
    /// <returns>Null when it cannot be, or has failed.</returns>
    public RunOutputs? TryRun(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken, out bool failed)
    {
        failed = false;
        if (maxRows == 0 || inputs[0].Shape is not [> 0 and var rows, ..] || rows > maxRows || !AreDeclared(inputs, rows) || !AreAll(outputs))
        {
            return null;
        }

        BoundRun? run = null;
        try
        {
            run = idle[rows - 1].TryDequeue(out var taken) ? taken : new BoundRun(this, session, signature, rows);
            run.Run(session, inputs, cancellationToken);
            return new RunOutputs(run.Outputs, run);
        }
        catch (OnnxRuntimeException)
        {
            run?.Close();
            failed = true;
            return null;
        }
    }

    /// <summary>Binds no run any more: one succeeded that had failed with bound memory, so that the outputs have not the shapes that the model declares.</summary>
    public void GiveUp() => maxRows = 0;

    public void GiveBack(BoundRun run) => idle[run.Rows - 1].Enqueue(run);

    public void Dispose()
    {
        foreach (var runs in idle)
        {
            while (runs.TryDequeue(out var run))
            {
                run.Close();
            }
        }
    }

    private bool Fits(long rows)
    {
        long bytes = 0;
        foreach (var declared in signature.Inputs.Concat(signature.Outputs))
        {
            if (declared.DataType == DataType.Bytes || declared.Shape.Length == 0 || !Shape.TryElementCount(ShapeOf(declared, rows), out var elements) || elements is 0 or > MaxBytes)
            {
                return false;
            }

            bytes += elements * declared.DataType.ElementBytes();
        }

        return bytes <= MaxBytes && signature.Inputs.Count > 0;
    }

    private bool AreDeclared(IReadOnlyList<Tensor> inputs, long rows)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var (declared, shape) = (signature.Inputs[i], inputs[i].Shape);
            if (inputs[i].Name != declared.Name || !Shape.Fits(declared.Shape, shape) || (declared.Shape[0] == -1 && shape[0] != rows))
            {
                return false;
            }
        }

        return true;
    }

    private bool AreAll(IReadOnlyList<string> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Count != signature.Outputs.Count || outputs[i] != signature.Outputs[i].Name)
            {
                return false;
            }
        }

        return true;
    }
}
