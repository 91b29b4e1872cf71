using System.Buffers;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary>Runs the model once: blocks until it has answered. <see cref="OnnxRunner.Run"/>.</summary>
internal delegate RunOutputs RunModel(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken);

/// <summary>Runs requests, alone or together, on the calling thread, and gives each its own answer.</summary>
/// <param name="ran">Told of each run of the model that has succeeded, once.</param>
/// <param name="givenUp">Told when requests run alone from now on.</param>
internal sealed class BatchRunner(RunModel model, Action<RunReport> ran, TimeProvider time, Action givenUp)
{
    private bool cannotSplit;

    /// <summary>False once an answer could not be told apart by rows: then every request runs alone.</summary>
    public bool RunsTogether => !Volatile.Read(ref cannotSplit);

    /// <summary>Runs one request by itself.</summary>
    /// <param name="queuedAt">Null when it did not wait.</param>
    public ModelResult RunAlone(ModelRun run, long? queuedAt, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var outputs = model(run.Inputs, run.Outputs, cancellationToken);
        var ended = time.GetTimestamp();
        var report = new RunReport(queuedAt ?? started, started, started, ended, ended, run.Rows, Requests: 1);
        ran(report);
        return new ModelResult(outputs, report);
    }

    /// <summary>Runs a batch and completes each of its members; throws nothing.</summary>
    public void Run(RunningBatch batch)
    {
        if (batch.Members.Count > 1 && RunsTogether)
        {
            try
            {
                if (TryRunTogether(batch))
                {
                    return;
                }
            }
            catch (Exception)
            {
                // Every member has left, and is told so below; or one member's values were too much: run alone, only that member fails.
            }
        }

        foreach (var member in batch.Members)
        {
            Complete(member);
        }
    }

    private void Complete(PendingRun member)
    {
        try
        {
            member.CancellationToken.ThrowIfCancellationRequested();
            member.Complete(RunAlone(member.Run, member.QueuedAt, member.CancellationToken));
        }
        catch (OperationCanceledException)
        {
            member.Cancel();
        }
        catch (Exception exception)
        {
            member.Fail(exception);
        }
    }

    /// <returns>False when the model's outputs do not have the rows of its inputs, so that they cannot be told apart.</returns>
    private bool TryRunTogether(RunningBatch batch)
    {
        var started = time.GetTimestamp();
        var runs = batch.Members.Select(member => member.Run).ToArray();
        var rented = new List<byte[]>();
        try
        {
            Tensor[] inputs = [.. Enumerable.Range(0, runs[0].Inputs.Count).Select(i => Concatenate([.. runs.Select(run => run.Inputs[i])], rented))];
            var compute = time.GetTimestamp();
            IReadOnlyList<RunOutputs> parts;
            long computed;
            using (var whole = model(inputs, [.. runs.SelectMany(run => run.Outputs).Distinct()], batch.Stopped)) // its own share goes first: who has the last one may close the session
            {
                computed = time.GetTimestamp();
                if (!TensorBatch.CanSplit(whole, batch.Rows))
                {
                    GiveUp();
                    return false;
                }

                parts = TensorBatch.Split(whole, runs);
            }

            Complete(batch, parts, new RunReport(0, started, compute, computed, time.GetTimestamp(), batch.Rows, runs.Length));
            return true;
        }
        finally
        {
            rented.ForEach(array => ArrayPool<byte>.Shared.Return(array));
        }
    }

    private void GiveUp()
    {
        if (!Interlocked.Exchange(ref cannotSplit, true))
        {
            givenUp();
        }
    }

    private void Complete(RunningBatch batch, IReadOnlyList<RunOutputs> parts, RunReport report)
    {
        ran(report);
        var (id, firstRow) = (ModelBatch.NewId(), 0L);
        for (var i = 0; i < parts.Count; i++)
        {
            var member = batch.Members[i];
            if (member.CancellationToken.IsCancellationRequested)
            {
                parts[i].Dispose();
                member.Cancel();
            }
            else
            {
                member.Complete(new ModelResult(parts[i], report with { QueuedAt = member.QueuedAt, Batch = new ModelBatch(id, firstRow, report.Rows, report.Requests) }));
            }

            firstRow += member.Run.Rows;
        }
    }

    private static Tensor Concatenate(IReadOnlyList<Tensor> parts, List<byte[]> rented)
    {
        var whole = TensorBatch.Concatenate(parts, out var array);
        rented.Add(array);
        return whole;
    }
}
