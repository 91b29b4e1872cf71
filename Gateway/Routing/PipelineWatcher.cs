namespace MlAspire.Gateway.Routing;

/// <summary>Looks every two seconds whether a pipeline file was added, changed or removed, so that training needs no restart.</summary>
/// <remarks>Polling, because file notifications are not delivered on every file system that containers mount.</remarks>
internal sealed class PipelineWatcher(PipelineTable table, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        table.Reload();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            table.Reload();
        }
    }
}
