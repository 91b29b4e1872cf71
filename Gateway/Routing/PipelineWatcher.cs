using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Gateway.Routing;

/// <summary>Looks every two seconds whether a pipeline file was added, changed or removed, so that training needs no restart.</summary>
/// <remarks>Polling, because file notifications are not delivered on every file system that containers mount.</remarks>
internal sealed class PipelineWatcher(PipelineTable table, WorkerHealth worker, TimeProvider time)
    : PeriodicWorker("pipelines", Interval, worker, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await table.ReloadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task TurnAsync(CancellationToken stopping) => table.ReloadAsync(stopping);
}
