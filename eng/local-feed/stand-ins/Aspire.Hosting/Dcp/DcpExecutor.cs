using System.Reflection;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestrator;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Starts, stops and restarts the instances of resources as objects of DCP. Acts on one instance happen one after the other.</summary>
internal sealed partial class DcpExecutor(
    DistributedApplicationModel model,
    DistributedApplicationOptions application,
    DistributedApplicationExecutionContext context,
    DcpHost host,
    DcpWatcher watcher,
    EndpointServices endpoints,
    InstanceNames names,
    ResourceStart start,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ILogger<DcpExecutor> logger)
{
    private static readonly TimeSpan stopTimeout = TimeSpan.FromSeconds(30);
    private readonly string? buildConfiguration = application.Assembly?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration;
    private readonly Dictionary<string, Workload> workloads = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names the instances, so that they can be shown before anything runs.</summary>
    public void NameInstances()
    {
        foreach (var resource in model.Resources.ToArray())
        {
            names.Assign(resource);
            LifecycleCommands.AddTo(resource);
        }
    }

    /// <summary>Gives every endpoint its address. Nothing runs yet.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await endpoints.AllocateAsync(cancellationToken).ConfigureAwait(false);
        foreach (var resource in model.Resources.Where(InstanceNames.IsRun))
        {
            resource.TryGetInstances(out var instances);
            foreach (var instance in instances)
            {
                var kind = resource.IsContainer() ? DcpKind.Container : DcpKind.Executable;
                workloads[instance.Name] = new Workload(resource, instance, kind) { Services = [.. endpoints.All.Where(service => service.Resource == resource)] };
            }
        }

        watcher.Start(workloads.Values);
    }

    /// <summary>Starts everything that does not wait for somebody to start it; returns when all have been started or have failed.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(workloads.Values.GroupBy(workload => workload.Resource).ToArray().Select(group => Task.Run(() => RunAsync(group.Key, [.. group], cancellationToken), cancellationToken)));

    /// <summary>Starts a stopped instance; one that waits for others stops waiting and starts.</summary>
    /// <exception cref="DistributedApplicationException">There is no such instance, or it cannot be started.</exception>
    public async Task StartAsync(string instance, CancellationToken cancellationToken)
    {
        var workload = Require(instance);
        if (await start.ReleaseAsync(workload.Resource, workload.Name).ConfigureAwait(false))
        {
            return;
        }

        await workload.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await DeleteAsync(workload, cancellationToken).ConfigureAwait(false);
            await StartAsync(workload.Resource, [workload], workload.Name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await ReportFailureAsync([workload], error).ConfigureAwait(false);
            throw;
        }
        finally
        {
            workload.Turn.Release();
        }
    }

    /// <summary>Ends an instance: SIGTERM, and SIGKILL when it ignores that. Returns when it has ended.</summary>
    public async Task StopAsync(string instance, CancellationToken cancellationToken)
    {
        var workload = Require(instance);
        await workload.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (workload.Uid is null)
            {
                return;
            }

            await host.Client.PatchAsync(workload.Kind, workload.Name, new JsonObject { ["spec"] = new JsonObject { ["stop"] = true } }, cancellationToken).ConfigureAwait(false);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(stopTimeout);
            await notifications.WaitForResourceAsync(
                workload.Resource.Name,
                change => change.ResourceId == workload.Name && KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text),
                timeout.Token).ConfigureAwait(false);
        }
        finally
        {
            workload.Turn.Release();
        }
    }

    private Workload Require(string instance)
    {
        if (workloads.TryGetValue(instance, out var workload))
        {
            return workload;
        }

        var named = workloads.Values.Where(candidate => string.Equals(candidate.Resource.Name, instance, StringComparison.OrdinalIgnoreCase)).ToArray();
        return named.Length == 1
            ? named[0]
            : throw new DistributedApplicationException(named.Length == 0
                ? $"There is no resource instance '{instance}' that can be started or stopped."
                : $"The resource '{instance}' has several instances; name one of {string.Join(", ", named.Select(candidate => candidate.Name))}.");
    }

    private async Task RunAsync(IResource resource, IReadOnlyList<Workload> group, CancellationToken cancellationToken)
    {
        await notifications.PublishUpdateAsync(resource, snapshot => WorkloadSnapshots.BeforeStart(resource, snapshot)).ConfigureAwait(false);
        if (resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
        {
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with { State = KnownResourceStates.NotStarted }).ConfigureAwait(false);
            return;
        }

        foreach (var workload in group)
        {
            await workload.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await StartAsync(resource, group, group.Count == 1 ? group[0].Name : null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await ReportFailureAsync(group, error).ConfigureAwait(false);
        }
        finally
        {
            foreach (var workload in group)
            {
                workload.Turn.Release();
            }
        }
    }

    /// <param name="instance">The only instance that starts; null = all of them.</param>
    private async Task StartAsync(IResource resource, IReadOnlyList<Workload> group, string? instance, CancellationToken cancellationToken)
    {
        await start.PrepareAsync(resource, instance, cancellationToken).ConfigureAwait(false);
        var configuration = await WorkloadConfiguration.OfAsync(resource, context, loggers.GetLogger(resource), cancellationToken).ConfigureAwait(false);
        foreach (var workload in group)
        {
            workload.OwnVariables = configuration.Environment.Select(variable => variable.Name).ToHashSet(StringComparer.Ordinal);
            workload.Arguments = configuration.Arguments;
            workload.Uid = await CreateAsync(workload, configuration, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string?> CreateAsync(Workload workload, WorkloadConfiguration configuration, CancellationToken cancellationToken)
    {
        if (workload.Kind == DcpKind.Container)
        {
            var container = await host.Client.CreateAsync(ContainerObject.Of(workload, configuration), cancellationToken).ConfigureAwait(false);
            return container.Metadata.Uid;
        }

        var executable = await host.Client.CreateAsync(ExecutableObject.Of(workload, configuration, buildConfiguration), cancellationToken).ConfigureAwait(false);
        return executable.Metadata.Uid;
    }

    private async Task DeleteAsync(Workload workload, CancellationToken cancellationToken)
    {
        if (workload.Uid is not null)
        {
            workload.Retire(workload.Uid);
            await host.Client.DeleteAsync(workload.Kind, workload.Name, cancellationToken).ConfigureAwait(false);
            workload.Uid = null;
        }
    }

    private async Task ReportFailureAsync(IReadOnlyList<Workload> group, Exception error)
    {
        foreach (var workload in group)
        {
            LogFailed(logger, workload.Resource.Name, error.Message);
            LogFailed(loggers.GetLogger(workload.Name), workload.Resource.Name, error.Message);
            await notifications.PublishUpdateAsync(
                workload.Resource,
                workload.Name,
                snapshot => snapshot with { State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) }).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Error, "Failed to start resource {ResourceName}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string resourceName, string reason);
}
