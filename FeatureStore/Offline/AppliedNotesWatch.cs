using MlAspire.ServiceDefaults.Health;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Has the log's loop look now and then, also without a push, whether Redis still has what it was given.</summary>
internal sealed class AppliedNotesWatch(OfflineStore offline, WorkerHealth health, TimeProvider time) : PeriodicWorker("feature log's watch", Interval, health, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override bool IsOn => offline.Ingest is not null;

    protected override Task TurnAsync(CancellationToken stopping)
    {
        offline.Ingest!.LookAgain();
        return Task.CompletedTask;
    }
}
