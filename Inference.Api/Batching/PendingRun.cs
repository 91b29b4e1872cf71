using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary>A request that waits for its run. Its fields belong to the batcher's lock; its task is completed exactly once, by whoever takes it out of the queue.</summary>
internal sealed class PendingRun(ModelRun run, long queuedAt, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<ModelResult> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelRun Run => run;

    public long QueuedAt => queuedAt;

    public CancellationToken CancellationToken => cancellationToken;

    public Task<ModelResult> Task => completion.Task;

    /// <summary>Where it waits; null once it has been taken out.</summary>
    public LinkedListNode<PendingRun>? Place { get; set; }

    /// <summary>The batch it runs in; null while it waits.</summary>
    public RunningBatch? Batch { get; set; }

    public void Complete(ModelResult result) => completion.TrySetResult(result);

    public void Fail(Exception exception) => completion.TrySetException(exception);

    public void Cancel() => completion.TrySetCanceled(cancellationToken);

    /// <summary>True when the two differ in nothing but their rows, so that they can be one run.</summary>
    public bool CanJoin(PendingRun other)
    {
        for (var i = 0; i < run.Inputs.Count; i++)
        {
            if (!SameBesidesRows(run.Inputs[i], other.Run.Inputs[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameBesidesRows(Tensor one, Tensor other) =>
        one.DataType == other.DataType && one.Shape.Length == other.Shape.Length && one.Shape.AsSpan(1).SequenceEqual(other.Shape.AsSpan(1));
}
