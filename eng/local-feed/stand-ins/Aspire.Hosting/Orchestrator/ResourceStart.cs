using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Orchestrator;

/// <summary>What happens between the wish to start a resource and its process: events, and the wait for what it depends on.</summary>
internal sealed class ResourceStart(
    DistributedApplicationModel model, ResourceNotificationService notifications, IDistributedApplicationEventing eventing, IServiceProvider services)
{
    /// <summary>Returns when the resource may start: its subscribers have run, and what it waits for is there (or somebody chose to start it regardless).</summary>
    /// <param name="instance">The only instance that starts; null = all of them.</param>
    public async Task PrepareAsync(IResource resource, string? instance, CancellationToken cancellationToken)
    {
        await PublishAsync(resource, instance, snapshot => snapshot with
        {
            State = KnownResourceStates.Starting,
            HealthReports = ResourceHealth.Initial(resource),
            ExitCode = null,
        }).ConfigureAwait(false);
        await AnnounceConnectionStringAsync(resource, cancellationToken).ConfigureAwait(false);
        await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services), cancellationToken).ConfigureAwait(false);
        await WaitForDependenciesAsync(resource, instance, cancellationToken).ConfigureAwait(false);
        await PublishAsync(resource, instance, snapshot => snapshot with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
    }

    /// <summary>Lets a waiting instance start at once.</summary>
    /// <returns>Whether it was waiting.</returns>
    public async Task<bool> ReleaseAsync(IResource resource, string instance)
    {
        var waited = false;
        await notifications.PublishUpdateAsync(resource, instance, snapshot =>
        {
            waited = snapshot.State?.Text == KnownResourceStates.Waiting;
            return waited ? snapshot with { State = KnownResourceStates.Starting } : snapshot;
        }).ConfigureAwait(false);
        return waited;
    }

    /// <summary>Announces the connection string of the resource and of those children that have none of their own life.</summary>
    public async Task AnnounceConnectionStringAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (resource is IResourceWithConnectionString)
        {
            await eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, services), cancellationToken).ConfigureAwait(false);
        }

        foreach (var child in model.Resources.OfType<IResourceWithParent>().Where(child => child.Parent == resource && !Dcp.InstanceNames.IsRun(child)).ToArray())
        {
            await AnnounceConnectionStringAsync(child, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitForDependenciesAsync(IResource resource, string? instance, CancellationToken cancellationToken)
    {
        if (!resource.HasAnnotationOfType<WaitAnnotation>())
        {
            return;
        }

        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var released = notifications.WaitForResourceAsync(resource.Name, Release(instance), done.Token);
        var dependencies = notifications.WaitForDependenciesAsync(resource, done.Token);
        var first = await Task.WhenAny(dependencies, released).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await first.ConfigureAwait(false);
        await Task.WhenAll(dependencies, released).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Holds for a snapshot that is not Waiting any more, after one of the same instance that was.</summary>
    private static Func<ResourceEvent, bool> Release(string? instance)
    {
        var waiting = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return change =>
        {
            if (instance is not null && !string.Equals(change.ResourceId, instance, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            if (change.Snapshot.State?.Text == KnownResourceStates.Waiting)
            {
                waiting.Add(change.ResourceId);
                return false;
            }

            return waiting.Contains(change.ResourceId);
        };
    }

    private Task PublishAsync(IResource resource, string? instance, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        instance is null ? notifications.PublishUpdateAsync(resource, change) : notifications.PublishUpdateAsync(resource, instance, change);
}
