using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Batching;

/// <summary>How one version of a model is scheduled.</summary>
/// <param name="Instances">Runs that may be under way at once.</param>
internal sealed record BatcherOptions(BatchPolicy Policy, DynamicBatching Batching, int Instances)
{
    public TimeSpan MaxQueueDelay { get; } = TimeSpan.FromMicroseconds(Batching.MaxQueueDelayMicroseconds);

    /// <summary>By level; one when the model has no priorities.</summary>
    public IReadOnlyList<QueuePolicy> QueuePolicies { get; } = [.. Enumerable.Range(1, Math.Max(1, Batching.PriorityLevels)).Select(Batching.PolicyOf)];

    /// <summary>Requests that may wait, of all levels together.</summary>
    public int Capacity { get; } = Enumerable.Range(1, Math.Max(1, Batching.PriorityLevels)).Sum(level => Batching.PolicyOf(level).Capacity);
}

/// <summary>
/// Brings requests to the model's instances. Idle: a request runs at once, on its caller's thread. Busy: it waits, and runs together with the others that fit when an instance is free.
/// The queue is bounded (overloaded when full), its time-outs are deadline_exceeded, a caller that leaves is taken out, and nothing that happens to one request touches another.
/// </summary>
internal sealed class DynamicBatcher(BatchRunner runner, BatcherOptions options, TimeProvider time) : IDisposable
{
    /// <summary>A batch's inputs are copied together; this bounds how much.</summary>
    private const long MaxBatchBytes = 1 << 30;

    /// <summary>Timers count whole milliseconds. Less than one is not waited for: a timer of 0 would fire, and be armed again, until it is over.</summary>
    public static readonly TimeSpan TimerResolution = TimeSpan.FromMilliseconds(1);

    private readonly Lock gate = new(); // guards queue, busy, timer and the Place and Batch of what waits
    private readonly RequestQueue queue = new(options.QueuePolicies.Count);
    private ITimer? timer;
    private int busy;

    /// <summary>Runs that may be under way at once.</summary>
    public int Instances => options.Instances;

    /// <summary>Requests that wait now.</summary>
    public int Waiting => queue.Count;

    /// <summary>Runs that are under way now.</summary>
    public int Running => Volatile.Read(ref busy);

    /// <summary>Overloaded, when no other request may wait now; else null. For who has not read the request yet: reading one that will be refused costs as much as one that is answered.</summary>
    public ServiceError? Refusal => Waiting is var waiting && waiting >= options.Capacity ? Full(waiting) : null;

    /// <exception cref="ServiceError">Overloaded, DeadlineExceeded (its queue time-out), InvalidArgument (a priority that there is not, or what the model refuses).</exception>
    /// <exception cref="OperationCanceledException">The caller has gone. The run no longer reads the request's memory then.</exception>
    public ValueTask<ModelResult> RunAsync(ModelRun run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var level = Level(run);
        PendingRun? pending = null;
        lock (gate)
        {
            if (queue.Count == 0 && busy < options.Instances)
            {
                busy++;
            }
            else
            {
                pending = Enqueue(run, level, cancellationToken);
            }
        }

        return pending is null ? new ValueTask<ModelResult>(RunNow(run, cancellationToken)) : WaitAsync(pending);
    }

    public void Dispose() => timer?.Dispose();

    private ModelResult RunNow(ModelRun run, CancellationToken cancellationToken)
    {
        try
        {
            return runner.RunAlone(run, queuedAt: null, cancellationToken);
        }
        finally
        {
            InstanceFreed();
        }
    }

    private PendingRun Enqueue(ModelRun run, int level, CancellationToken cancellationToken)
    {
        if (queue.CountOf(level) is var waiting && waiting >= options.QueuePolicies[level].Capacity)
        {
            throw Full(waiting);
        }

        var pending = new PendingRun(run, level, time.GetTimestamp(), cancellationToken);
        queue.Add(pending);
        Dispatch();
        return pending;
    }

    private static ServiceError Full(int waiting) => new(ErrorCode.Overloaded, $"{waiting} requests wait for the model already");

    private async ValueTask<ModelResult> WaitAsync(PendingRun pending)
    {
        using var leaving = pending.CancellationToken.UnsafeRegister(static (state, _) => ((Action)state!)(), () => Leave(pending));
        using var limit = options.QueuePolicies[pending.Level].TimeoutOf(pending.Run) is { } timeout
            ? time.CreateTimer(_ => TimedOut(pending, timeout), null, timeout, Timeout.InfiniteTimeSpan)
            : null;
        return await pending.Task;
    }

    private int Level(ModelRun run)
    {
        var levels = options.Batching.PriorityLevels;
        return levels == 0 ? 0
            : run.Priority > levels ? throw new ServiceError(ErrorCode.InvalidArgument, $"the model has the priorities 1 to {levels}", "parameters.priority")
            : (int)(run.Priority == 0 ? options.Batching.DefaultPriorityLevel : run.Priority) - 1;
    }

    private void Leave(PendingRun pending)
    {
        lock (gate)
        {
            if (queue.Remove(pending))
            {
                pending.Cancel();
                Dispatch();
            }
            else
            {
                pending.Batch?.Leave();
            }
        }
    }

    private void TimedOut(PendingRun pending, TimeSpan timeout)
    {
        lock (gate)
        {
            if (options.QueuePolicies[pending.Level].TimeoutAction == "DELAY")
            {
                queue.Delay(pending);
            }
            else if (queue.Remove(pending))
            {
                pending.Fail(new ServiceError(ErrorCode.DeadlineExceeded, $"the request waited {timeout.TotalMilliseconds:0.###} ms for the model, its time-out"));
                Dispatch();
            }
        }
    }

    private void InstanceFreed()
    {
        lock (gate)
        {
            busy--;
            Dispatch();
        }
    }

    private void DelayOver()
    {
        lock (gate)
        {
            Dispatch();
        }
    }

    /// <summary>Starts batches while instances are free. Call with the lock held.</summary>
    private void Dispatch()
    {
        while (Take() is { } batch)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.Batcher.Run(work.Batch), (Batcher: this, Batch: batch), preferLocal: false);
        }
    }

    /// <summary>The next batch, and an instance for it; null when there is none. When the policy would rather wait, comes back when the oldest request's delay is over. Call with the lock held.</summary>
    private RunningBatch? Take()
    {
        if (queue.Count > 0 && busy < options.Instances)
        {
            var policy = runner.RunsTogether ? options.Policy : BatchPolicy.Alone;
            var candidates = queue.Candidates(Math.Max(1, policy.MaxRows), out var others);
            var delayLeft = options.MaxQueueDelay - time.GetElapsedTime(candidates.Min(candidate => candidate.QueuedAt));
            var delay = options.MaxQueueDelay < TimerResolution ? QueueDelay.None : delayLeft < TimerResolution ? QueueDelay.Over : QueueDelay.Left;
            var count = Fitting(candidates, policy.Take([.. candidates.Select(candidate => candidate.Run.Rows)], others, delay));
            if (count == 0)
            {
                (timer ??= time.CreateTimer(static state => ((DynamicBatcher)state!).DelayOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan)).Change(delayLeft, Timeout.InfiniteTimeSpan);
                return null;
            }

            return Start(candidates[..count]);
        }

        return null;
    }

    private RunningBatch Start(List<PendingRun> members)
    {
        var batch = new RunningBatch(members);
        foreach (var member in members)
        {
            queue.Remove(member);
            member.Batch = batch;
        }

        busy++;
        return batch;
    }

    /// <summary>Runs a batch, and then on the same thread what has come in the meantime: behind the work of the thread pool the instance would lie idle, the longer the more there is to do.</summary>
    private void Run(RunningBatch? batch)
    {
        while (batch is not null)
        {
            runner.Run(batch);
            batch.Dispose();
            lock (gate)
            {
                busy--;
                batch = Take();
            }
        }
    }

    private static int Fitting(List<PendingRun> candidates, int count)
    {
        long bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += candidates[i].Run.InputBytes;
            if (bytes > MaxBatchBytes)
            {
                return Math.Max(1, i);
            }
        }

        return count;
    }
}
