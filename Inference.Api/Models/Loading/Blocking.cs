namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>Work that blocks for long, on a thread of its own: one of the pool's would be missing to the requests, timers and time-outs that wait for it.</summary>
internal static class Blocking
{
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
