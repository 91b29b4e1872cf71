namespace MlAspire.FeatureStore.Reload;

/// <summary>Looks every two seconds whether the registry file has changed.</summary>
/// <remarks>Polling, because file notifications are not delivered on every file system that containers mount.</remarks>
internal sealed class RegistryWatcher(ServedRegistry registry, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) { registry.Reload(); }
    }
}
