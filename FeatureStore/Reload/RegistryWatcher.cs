using MlAspire.ServiceDefaults.Health;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Looks every two seconds whether the registry file has changed.</summary>
/// <remarks>Polling, because file notifications are not delivered on every file system that containers mount.</remarks>
internal sealed class RegistryWatcher(ServedRegistry registry, WorkerHealth worker, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("registry watcher", WatchAsync, stoppingToken);

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            registry.Reload();
        }
    }
}
