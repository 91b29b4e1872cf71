using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary>A request that waits for its run. Its fields belong to the batcher's lock; it is answered exactly once, by whoever takes it out of the queue.</summary>
/// <remarks>
/// Answered, it goes on in the thread pool and in its turn: not on the instance's thread, which has the next batch to run, and not in that thread's own queue,
/// as a continuation would: the other threads look there last, so that an answer would wait behind every request that is still to be read.
/// </remarks>
internal sealed class PendingRun(ModelRun run, int level, long queuedAt, CancellationToken cancellationToken) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource<ModelResult> completion = new();
    private ModelResult? result;
    private Exception? failure;

    public ModelRun Run => run;

    /// <summary>From 0, which goes first.</summary>
    public int Level => level;

    public long QueuedAt => queuedAt;

    public CancellationToken CancellationToken => cancellationToken;

    public Task<ModelResult> Task => completion.Task;

    /// <summary>Where it waits; null once it has been taken out.</summary>
    public LinkedListNode<PendingRun>? Place { get; set; }

    /// <summary>The batch it runs in; null while it waits.</summary>
    public RunningBatch? Batch { get; set; }

    public void Complete(ModelResult answer)
    {
        result = answer;
        GoOn();
    }

    public void Fail(Exception exception)
    {
        failure = exception;
        GoOn();
    }

    public void Cancel() => GoOn();

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

    void IThreadPoolWorkItem.Execute()
    {
        if (result is { } answer)
        {
            completion.SetResult(answer);
        }
        else if (failure is not null)
        {
            completion.SetException(failure);
        }
        else
        {
            completion.SetCanceled(cancellationToken);
        }
    }

    private void GoOn() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    private static bool SameBesidesRows(Tensor one, Tensor other) =>
        one.DataType == other.DataType && one.Shape.Length == other.Shape.Length && one.Shape.AsSpan(1).SequenceEqual(other.Shape.AsSpan(1));
}
