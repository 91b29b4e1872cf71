using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The current snapshot of every resource instance, its changes, and waits on them. Thread-safe.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceHistory> histories = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock gate = new(); // guards watchers
    private readonly List<ChannelWriter<ResourceEvent>> watchers = [];
    private readonly CancellationTokenSource disposing = new();
    private readonly IServiceProvider services;
    private readonly DependencyWaits dependencies;

    public ResourceNotificationService(
        ILogger<ResourceNotificationService> logger,
        IHostApplicationLifetime hostApplicationLifetime,
        IServiceProvider serviceProvider,
        ResourceLoggerService resourceLoggerService)
    {
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(hostApplicationLifetime);
        ArgumentNullException.ThrowIfNull(serviceProvider);
        ArgumentNullException.ThrowIfNull(resourceLoggerService);
        services = serviceProvider;
        DefaultWaitBehavior = serviceProvider.GetService<IOptions<ResourceNotificationServiceOptions>>()?.Value.DefaultWaitBehavior
            ?? WaitBehavior.StopOnResourceUnavailable;
        dependencies = new DependencyWaits(this, resourceLoggerService);
    }

    internal WaitBehavior DefaultWaitBehavior { get; set; }

    /// <summary>Waits until an instance of the resource is in the state, <c>Running</c> unless given.</summary>
    /// <exception cref="OperationCanceledException">Cancelled before; the message says in which state the resource is.</exception>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, string.IsNullOrEmpty(targetState) ? [KnownResourceStates.Running] : [targetState], cancellationToken);

    /// <returns>Which of the states was reached.</returns>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var reached = await WaitAsync(
            resourceName,
            change => change.Snapshot.State?.Text is { } text && states.Contains(text),
            $"reach one of the states [{string.Join(", ", states)}]",
            cancellationToken).ConfigureAwait(false);
        return reached.Snapshot.State!.Text;
    }

    /// <summary>Waits for the first snapshot, current or later, of any instance of the resource for which the predicate holds.</summary>
    public Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default) =>
        WaitAsync(resourceName, predicate, "meet the condition", cancellationToken);

    /// <summary>Waits until the resource runs, all its health checks pass and the subscribers of its <c>ResourceReadyEvent</c> have run.</summary>
    /// <exception cref="DistributedApplicationException">It failed to start or ended, unless the wait behaviour says to wait on; or there is no such resource.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        ThrowIfUnknown(resourceName, waitBehavior);
        var end = await WaitAsync(
            resourceName,
            change => change.Snapshot.HealthStatus == HealthStatus.Healthy
                || waitBehavior == WaitBehavior.StopOnResourceUnavailable && DependencyWaits.IsUnavailable(change.Snapshot),
            "become healthy",
            cancellationToken).ConfigureAwait(false);
        if (end.Snapshot.HealthStatus != HealthStatus.Healthy)
        {
            throw new DistributedApplicationException($"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start.");
        }

        return await WaitForReadyAsync(resourceName, end.ResourceId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits as the resource's <c>WaitFor...</c> annotations demand; meanwhile its state is <c>Waiting</c>.</summary>
    /// <exception cref="DistributedApplicationException">A dependency ended or failed; the message names it.</exception>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return dependencies.WaitAsync(resource, cancellationToken);
    }

    /// <summary>The current snapshot of every instance, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var changes = Channel.CreateUnbounded<ResourceEvent>();
        lock (gate)
        {
            watchers.Add(changes.Writer);
        }

        try
        {
            var seen = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
            foreach (var current in histories.Values.Select(history => history.Last).OfType<ResourceEvent>())
            {
                seen[current.ResourceId] = current.Snapshot.Version;
                yield return current;
            }

            await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (change.Snapshot.Version > seen.GetValueOrDefault(change.ResourceId))
                {
                    yield return change;
                }
            }
        }
        finally
        {
            lock (gate)
            {
                watchers.Remove(changes.Writer);
            }
        }
    }

    /// <summary>Publishes to every instance of the resource.</summary>
    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        foreach (var instance in resource.GetResolvedResourceNames())
        {
            await PublishUpdateAsync(resource, instance, stateFactory).ConfigureAwait(false);
        }
    }

    /// <summary>Replaces the instance's snapshot by what the factory makes of the current one; nothing is published when they are equal.</summary>
    /// <exception cref="InvalidOperationException">The instance belongs to another resource.</exception>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(resourceId);
        ArgumentNullException.ThrowIfNull(stateFactory);
        var history = histories.GetOrAdd(resourceId, id => new ResourceHistory(resource, id));
        if (history.Resource != resource)
        {
            throw new InvalidOperationException($"Resource instance doesn't match resource previously registered with specified resource id '{resourceId}'.");
        }

        history.Update(stateFactory, services, Announce);
        return Task.CompletedTask;
    }

    /// <param name="resourceId">An instance's name, or the name of a resource with a single instance.</param>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        ArgumentNullException.ThrowIfNull(resourceId);
        resourceEvent = histories.TryGetValue(resourceId, out var history) ? history.Last : null;
        if (resourceEvent is null)
        {
            var named = histories.Values.Where(other => string.Equals(other.Resource.Name, resourceId, StringComparison.OrdinalIgnoreCase)).Take(2).ToArray();
            resourceEvent = named.Length == 1 ? named[0].Last : null;
        }

        return resourceEvent is not null;
    }

    public void Dispose()
    {
        disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits until the subscribers of the instance's <c>ResourceReadyEvent</c> have run; throws what they threw.</summary>
    internal async Task<ResourceEvent> WaitForReadyAsync(string resourceName, string resourceId, CancellationToken cancellationToken)
    {
        var ready = await WaitAsync(
            resourceName,
            change => change.ResourceId == resourceId && change.Snapshot.ResourceReadyEvent is not null,
            "execute the resource ready event",
            cancellationToken).ConfigureAwait(false);
        await ready.Snapshot.ResourceReadyEvent!.EventTask.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ready;
    }

    internal async Task<ResourceEvent> WaitAsync(string resourceName, Func<ResourceEvent, bool> predicate, string goal, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(disposing.Token, cancellationToken);
        try
        {
            await foreach (var change in WatchAsync(either.Token).ConfigureAwait(false))
            {
                if (string.Equals(change.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(change))
                {
                    return change;
                }
            }
        }
        catch (OperationCanceledException error)
        {
            var states = histories.Values.Where(history => string.Equals(history.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase));
            throw new OperationCanceledException(WaitReport.Describe(resourceName, goal, states.Select(history => history.Last)), error, error.CancellationToken);
        }

        throw new OperationCanceledException($"Resource '{resourceName}' failed to {goal} before the operation was cancelled.");
    }

    private void Announce(ResourceEvent change)
    {
        lock (gate)
        {
            foreach (var watcher in watchers)
            {
                watcher.TryWrite(change);
            }
        }
    }

    private void ThrowIfUnknown(string resourceName, WaitBehavior waitBehavior)
    {
        if (waitBehavior == WaitBehavior.StopOnResourceUnavailable
            && !TryGetCurrentState(resourceName, out _)
            && services.GetService<DistributedApplicationModel>() is { } model
            && !model.Resources.Any(resource => string.Equals(resource.Name, resourceName, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it does not exist in the application model.");
        }
    }
}

/// <summary>The snapshot of one instance of a resource.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    /// <summary>Name of the instance: the resource's name for what has no process, else the name with a random suffix.</summary>
    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

public sealed class ResourceNotificationServiceOptions
{
    public WaitBehavior DefaultWaitBehavior { get; set; }
}
