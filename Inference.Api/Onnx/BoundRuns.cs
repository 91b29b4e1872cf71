using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>
/// Bound runs on the CPU. Inputs are copied in, outputs are read where the model wrote them, and nothing is made for a run.
/// For at most <see cref="MaxRows"/> rows and <see cref="MaxBytes"/>: what this saves is the same for a run of any size, what the copy takes is not. As many are kept for a count of rows as there were runs of it at once. Thread-safe.
/// </summary>
internal sealed class BoundRuns : IBoundRuns
{
    public const int MaxRows = 32;

    /// <summary>Of all inputs and outputs of one run.</summary>
    public const long MaxBytes = 64 * 1024;

    private readonly InferenceSession session;
    private readonly OnnxSignature signature;
    private readonly BoundShapes shapes;
    private readonly ConcurrentQueue<BoundRun>[] idle; // by rows, from 1
    private volatile bool givenUp;

    public BoundRuns(InferenceSession session, OnnxSignature signature)
    {
        (this.session, this.signature, shapes) = (session, signature, new BoundShapes(signature, MaxRows, MaxBytes));
        idle = [.. Enumerable.Range(0, shapes.MaxRows).Select(_ => new ConcurrentQueue<BoundRun>())];
    }

    public RunOutputs? TryRun(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken, out bool failed)
    {
        failed = false;
        if (givenUp || shapes.RowsOf(inputs, outputs) is not (> 0 and var rows))
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

    public void GiveUp() => givenUp = true;

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
}
