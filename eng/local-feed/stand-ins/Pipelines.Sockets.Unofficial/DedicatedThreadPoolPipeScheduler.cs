using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Runs pipe continuations on threads of its own, so that a busy thread pool does not hold up input and output.</summary>
public sealed class DedicatedThreadPoolPipeScheduler : PipeScheduler, IDisposable
{
    private readonly Queue<(Action<object?> Action, object? State)> queue = new();
    private readonly int useThreadPoolQueueLength;
    private readonly string name;
    private int availableCount;
    private long servicedByQueue;
    private long servicedByPool;
    private bool disposed;

    /// <param name="name">Prefix of the threads' names.</param>
    /// <param name="workerCount">Number of threads.</param>
    /// <param name="useThreadPoolQueueLength">With this many waiting work items the next ones go to the shared thread pool.</param>
    /// <param name="priority">Of the threads.</param>
    public DedicatedThreadPoolPipeScheduler(
        string? name = null, int workerCount = 5, int useThreadPoolQueueLength = 10, ThreadPriority priority = ThreadPriority.Normal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workerCount);
        this.name = name ?? nameof(DedicatedThreadPoolPipeScheduler);
        this.useThreadPoolQueueLength = useThreadPoolQueueLength;
        WorkerCount = workerCount;
        for (var i = 0; i < workerCount; i++)
        {
            // Unsafe: a worker must not carry the context of whoever made the scheduler.
            new Thread(Work) { Name = $"{this.name}:{i}", IsBackground = true, Priority = priority }.UnsafeStart();
        }
    }

    public int WorkerCount { get; }

    /// <summary>Threads that wait for work.</summary>
    public int AvailableCount => Volatile.Read(ref availableCount);

    public long TotalServicedByQueue => Interlocked.Read(ref servicedByQueue);

    public long TotalServicedByPool => Interlocked.Read(ref servicedByPool);

    public override void Schedule(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (queue)
        {
            if (!disposed && queue.Count < useThreadPoolQueueLength && WorkerCount > 0)
            {
                queue.Enqueue((action, state));
                Monitor.Pulse(queue);
                return;
            }
        }
        Interlocked.Increment(ref servicedByPool);
        ThreadPool.Schedule(action, state);
    }

    /// <summary>Ends the threads when they have done what is queued; later work goes to the shared thread pool.</summary>
    public void Dispose()
    {
        lock (queue)
        {
            disposed = true;
            Monitor.PulseAll(queue);
        }
    }

    public override string ToString() => name;

    private void Work()
    {
        while (TryTake() is { } work)
        {
            Interlocked.Increment(ref servicedByQueue);
            try
            {
                work.Action(work.State);
            }
            catch (Exception)
            {
                // As in the genuine package: a failing callback must end neither the worker nor the process. Pipe continuations carry their own errors.
            }
        }
    }

    private (Action<object?> Action, object? State)? TryTake()
    {
        lock (queue)
        {
            while (queue.Count == 0)
            {
                if (disposed)
                {
                    return null;
                }
                availableCount++;
                Monitor.Wait(queue);
                availableCount--;
            }
            return queue.Dequeue();
        }
    }
}
