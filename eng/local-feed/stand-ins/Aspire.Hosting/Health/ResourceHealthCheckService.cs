using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Health;

/// <summary>
/// Runs the health checks of every resource that runs, publishes their reports, and says once a start that the resource is ready: when it runs and all its checks
/// pass. Every 30 s while healthy; 1 to 5 s apart, growing, while not.
/// </summary>
internal sealed partial class ResourceHealthCheckService(
    ResourceNotificationService notifications,
    HealthCheckService checks,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    TimeProvider time,
    ILogger<ResourceHealthCheckService> logger) : HostedLoop
{
    private static readonly TimeSpan healthyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan unhealthyStep = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Monitor> monitors = new(StringComparer.OrdinalIgnoreCase); // owned by the loop

    protected override async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var change in notifications.WatchAsync(stopping).ConfigureAwait(false))
        {
            await FollowAsync(change, stopping).ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(ResourceEvent change, CancellationToken stoppingToken)
    {
        var name = change.Resource.Name;
        var state = change.Snapshot.State?.Text;
        if (state == KnownResourceStates.Running && !monitors.ContainsKey(name))
        {
            var monitor = new Monitor(CancellationTokenSource.CreateLinkedTokenSource(stoppingToken));
            monitor.Task = Task.Run(() => WatchOverAsync(change.Resource, monitor), stoppingToken);
            monitors.Add(name, monitor);
        }
        else if (state == KnownResourceStates.Running && change.Snapshot.HealthReports.Any(report => report.Status is null))
        {
            monitors[name].CheckNow.Set(); // one replica of several has been started again
        }
        else if (KnownResourceStates.TerminalStates.Contains(state) && AllOthersEnded(change) && monitors.Remove(name, out var ended))
        {
            await ended.Stop.CancelAsync().ConfigureAwait(false);
            await ended.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.Stop.Dispose();
        }
    }

    private bool AllOthersEnded(ResourceEvent change) =>
        change.Resource.GetResolvedResourceNames().Where(instance => !string.Equals(instance, change.ResourceId, StringComparison.OrdinalIgnoreCase)).All(instance =>
            notifications.TryGetCurrentState(instance, out var current) && KnownResourceStates.TerminalStates.Contains(current.Snapshot.State?.Text));

    private async Task WatchOverAsync(IResource resource, Monitor monitor)
    {
        var cancellationToken = monitor.Stop.Token;
        var keys = ResourceHealth.Keys(resource).ToHashSet(StringComparer.Ordinal);
        if (keys.Count == 0)
        {
            await AnnounceReadyAsync(resource, cancellationToken).ConfigureAwait(false);
            return;
        }

        var ready = Task.CompletedTask;
        var announced = false;
        for (var failures = 0; !cancellationToken.IsCancellationRequested;)
        {
            var report = await CheckAsync(keys, cancellationToken).ConfigureAwait(false);
            failures = report.Status == HealthStatus.Healthy ? 0 : Math.Min(failures + 1, 5);
            await PublishAsync(resource, report).ConfigureAwait(false);
            if (failures == 0 && !announced)
            {
                announced = true;
                ready = AnnounceReadyAsync(resource, cancellationToken);
            }

            await monitor.CheckNow.WaitAsync(failures == 0 ? healthyInterval : unhealthyStep * failures, time, cancellationToken).ConfigureAwait(false);
        }

        await ready.ConfigureAwait(false);
    }

    private async Task<HealthReport> CheckAsync(HashSet<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            return await checks.CheckHealthAsync(check => keys.Contains(check.Name), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A check that cannot even be created: which one is not known, so none counts as passed.
            var entries = keys.ToDictionary(key => key, _ => new HealthReportEntry(HealthStatus.Unhealthy, "The health check could not be run.", TimeSpan.Zero, error, null));
            return new HealthReport(entries, TimeSpan.Zero);
        }
    }

    private Task PublishAsync(IResource resource, HealthReport report)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return notifications.PublishUpdateAsync(resource, snapshot => snapshot with { HealthReports = Merge(snapshot.HealthReports, report, now) });
    }

    private static ImmutableArray<HealthReportSnapshot> Merge(ImmutableArray<HealthReportSnapshot> reports, HealthReport report, DateTime now)
    {
        foreach (var (key, entry) in report.Entries)
        {
            var next = new HealthReportSnapshot(key, entry.Status, entry.Description, entry.Exception?.ToString()) { LastRunAt = now };
            var existing = reports.FirstOrDefault(known => known.Name == key);
            reports = existing is null ? reports.Add(next) : reports.Replace(existing, next);
        }

        return reports;
    }

    private async Task AnnounceReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        LogReady(resource.Name);
        var subscribers = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
        await subscribers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // those who wait for the resource get the failure from the snapshot
        await notifications.PublishUpdateAsync(resource, snapshot => snapshot with { ResourceReadyEvent = new EventSnapshot(subscribers) }).ConfigureAwait(false);
    }

    private sealed class Monitor(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop { get; } = stop;

        public Signal CheckNow { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Debug, "Resource '{ResourceName}' is ready.")]
    private partial void LogReady(string resourceName);
}
