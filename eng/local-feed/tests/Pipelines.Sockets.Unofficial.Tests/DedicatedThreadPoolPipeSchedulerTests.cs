using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class DedicatedThreadPoolPipeSchedulerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Work_runs_on_the_schedulers_own_threads()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("redis", workerCount: 2);

        var thread = await RunAsync(scheduler, () => Thread.CurrentThread);

        Assert.Matches("^redis:[01]$", thread.Name);
        Assert.Equal((false, true), (thread.IsThreadPoolThread, thread.IsBackground));
        Assert.Equal((2, 1, 0, "redis"), (scheduler.WorkerCount, scheduler.TotalServicedByQueue, scheduler.TotalServicedByPool, scheduler.ToString()));
    }

    [Fact]
    public async Task Work_beyond_the_queue_goes_to_the_thread_pool()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler("busy", workerCount: 1, useThreadPoolQueueLength: 1);
        using var release = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = RunAsync(scheduler, () =>
        {
            started.SetResult();
            release.Wait();
            return Thread.CurrentThread;
        });
        await started.Task.WaitAsync(Limit);
        var queued = RunAsync(scheduler, () => Thread.CurrentThread);

        Assert.True((await RunAsync(scheduler, () => Thread.CurrentThread)).IsThreadPoolThread);
        release.Set();
        Assert.Same(await busy, await queued);
        Assert.Equal((2, 1), (scheduler.TotalServicedByQueue, scheduler.TotalServicedByPool));
    }

    [Fact]
    public async Task Work_after_dispose_goes_to_the_thread_pool_and_the_threads_end()
    {
        var scheduler = new DedicatedThreadPoolPipeScheduler(workerCount: 1);
        var worker = await RunAsync(scheduler, () => Thread.CurrentThread);

        scheduler.Dispose();

        Assert.True(worker.Join(Limit));
        Assert.True((await RunAsync(scheduler, () => Thread.CurrentThread)).IsThreadPoolThread);
    }

    [Fact]
    public async Task A_failing_callback_does_not_end_the_worker()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler(workerCount: 1);
        scheduler.Schedule(_ => throw new InvalidOperationException("callback"), null);

        Assert.False((await RunAsync(scheduler, () => Thread.CurrentThread)).IsThreadPoolThread);
    }

    [Fact]
    public async Task Every_item_runs_once_whatever_the_load()
    {
        using var scheduler = new DedicatedThreadPoolPipeScheduler(workerCount: 3);
        var (done, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Parallel.For(0, 20_000, i => scheduler.Schedule(
            _ =>
            {
                if (Interlocked.Increment(ref done) == 20_000)
                {
                    all.SetResult();
                }
            },
            null));

        await all.Task.WaitAsync(Limit);
        Assert.Equal(20_000, scheduler.TotalServicedByPool + scheduler.TotalServicedByQueue);
        Assert.InRange(scheduler.AvailableCount, 0, 3);
    }

    private static Task<T> RunAsync<T>(DedicatedThreadPoolPipeScheduler scheduler, Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.Schedule(_ => result.SetResult(work()), null);
        return result.Task.WaitAsync(Limit);
    }
}
