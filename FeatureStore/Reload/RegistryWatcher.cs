using MlAspire.ServiceDefaults.Health;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Looks every two seconds whether the registry file has changed.</summary>
/// <remarks>Polling, because file notifications are not delivered on every file system that containers mount.</remarks>
internal sealed class RegistryWatcher(ServedRegistry registry, WorkerHealth worker, TimeProvider time)
    : PeriodicWorker("registry watcher", Interval, worker, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override Task TurnAsync(CancellationToken stopping)
    {
        registry.Reload();
        return Task.CompletedTask;
    }
}
