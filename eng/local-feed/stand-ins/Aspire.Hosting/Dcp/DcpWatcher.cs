using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Follows what DCP reports and publishes it as snapshots, for as long as DCP runs.</summary>
internal sealed partial class DcpWatcher(
    DcpHost host, ResourceNotificationService notifications, IDistributedApplicationEventing eventing, IServiceProvider services, TimeProvider time, ILogger<DcpWatcher> logger)
{
    private readonly ConcurrentDictionary<string, Workload> workloads = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, (string Owner, string Service)> listeners = new(StringComparer.Ordinal); // by name of the DCP Endpoint
    private readonly ConcurrentDictionary<string, Func<CustomResourceSnapshot, CustomResourceSnapshot>> latest = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource stopping = new();
    private Task watching = Task.CompletedTask;

    public void Start(IEnumerable<Workload> all)
    {
        foreach (var workload in all)
        {
            workloads[workload.Name] = workload;
        }

        watching = Task.WhenAll(
            FollowAsync<EndpointSpec, EndpointStatus>(DcpKind.Endpoint, OnEndpointAsync),
            FollowAsync<ExecutableSpec, ExecutableStatus>(DcpKind.Executable, change => OnWorkloadAsync(change, change.Object.Status, WorkloadSnapshots.OfExecutable)),
            FollowAsync<ContainerSpec, ContainerStatus>(DcpKind.Container, change => OnWorkloadAsync(change, change.Object.Status, WorkloadSnapshots.OfContainer)));
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
    }

    private async Task FollowAsync<TSpec, TStatus>(string kind, Func<DcpChange<TSpec, TStatus>, Task> handle)
        where TSpec : class
        where TStatus : class
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in host.Client.WatchAsync<TSpec, TStatus>(kind, stopping.Token).ConfigureAwait(false))
                {
                    await handle(change).ConfigureAwait(false);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), time, stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is IOException or HttpRequestException or DcpException)
            {
                LogInterrupted(kind, error.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task OnWorkloadAsync<TSpec, TStatus>(
        DcpChange<TSpec, TStatus> change,
        WorkloadStatus? status,
        Func<Workload, DcpObject<TSpec, TStatus>, IReadOnlySet<string>, CustomResourceSnapshot, CustomResourceSnapshot> snapshot)
        where TSpec : class
        where TStatus : class
    {
        var item = change.Object;
        if (change.Type == "DELETED" || !workloads.TryGetValue(item.Metadata.Name, out var workload) || workload.IsRetired(item.Metadata.Uid))
        {
            return;
        }

        latest[workload.Name] = previous => snapshot(workload, item, ActiveServices(workload.Name), previous);
        await PublishAsync(workload, status).ConfigureAwait(false);
    }

    private async Task OnEndpointAsync(DcpChange<EndpointSpec, EndpointStatus> change)
    {
        var item = change.Object;
        if (item.Metadata.OwnerReferences?.FirstOrDefault()?.Name is not { } owner || item.Spec.ServiceName is not { } service)
        {
            return;
        }

        if (change.Type == "DELETED")
        {
            listeners.TryRemove(item.Metadata.Name, out _);
        }
        else
        {
            listeners[item.Metadata.Name] = (owner, service);
        }

        if (workloads.TryGetValue(owner, out var workload) && latest.TryGetValue(owner, out var update))
        {
            await notifications.PublishUpdateAsync(workload.Resource, workload.Name, update).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(Workload workload, WorkloadStatus? status)
    {
        var wasEnded = notifications.TryGetCurrentState(workload.Name, out var before) && KnownResourceStates.TerminalStates.Contains(before.Snapshot.State?.Text);
        await notifications.PublishUpdateAsync(workload.Resource, workload.Name, latest[workload.Name]).ConfigureAwait(false);
        if (status?.State == KnownResourceStates.RuntimeUnhealthy && before?.Snapshot.State?.Text != KnownResourceStates.RuntimeUnhealthy)
        {
            LogNoRuntime(workload.Resource.Name);
        }

        if (!wasEnded && KnownResourceStates.TerminalStates.Contains(status?.State) && notifications.TryGetCurrentState(workload.Name, out var after))
        {
            await eventing.PublishAsync(new ResourceStoppedEvent(workload.Resource, services, after), EventDispatchBehavior.NonBlockingSequential).ConfigureAwait(false);
        }
    }

    private HashSet<string> ActiveServices(string workload) => [.. listeners.Values.Where(listener => listener.Owner == workload).Select(listener => listener.Service)];

    [LoggerMessage(LogLevel.Warning, "The container '{ResourceName}' cannot run: no container runtime is there, or it is not healthy. See https://aka.ms/aspire/containers.")]
    private partial void LogNoRuntime(string resourceName);

    [LoggerMessage(LogLevel.Debug, "The watch over DCP's {Kind} objects was interrupted and begins again: {Reason}")]
    private partial void LogInterrupted(string kind, string reason);
}
