using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Runs the model: addresses first, then the resources; ends them all when the AppHost stops.</summary>
internal sealed partial class OrchestratorHostService(
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext context,
    DcpHost host,
    DcpExecutor executor,
    DcpWatcher watcher,
    DcpConsole console,
    ResourceStart start,
    ParameterStates parameters,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    ILogger<DistributedApplication> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        eventing.Subscribe<ConnectionStringAvailableEvent>(ShowConnectionStringAsync);
        executor.NameInstances();
        await ShowInitialStateAsync().ConfigureAwait(false);
        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        loggers.ConsoleSource = console;
        await executor.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await ShowUrlsAsync(cancellationToken).ConfigureAwait(false);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await executor.RunAsync(cancellationToken).ConfigureAwait(false);
            await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl+C while resources were still waiting for each other: no failure.
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        LogStopping(logger);
        await watcher.StopAsync().ConfigureAwait(false);
        await host.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ShowInitialStateAsync()
    {
        foreach (var resource in model.Resources.ToArray())
        {
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
            {
                Relationships = ResourceKind.Relationships(resource),
                HealthReports = ResourceHealth.Initial(resource),
                Properties = ResourceKind.ParentOf(resource) is { } parent
                    ? snapshot.Properties.Set(new ResourcePropertySnapshot(KnownProperties.ParentName, parent.GetResolvedResourceNames()[0]))
                    : snapshot.Properties,
            }).ConfigureAwait(false);
        }

        foreach (var parameter in model.Resources.OfType<ParameterResource>().ToArray())
        {
            await parameters.PublishAsync(parameter).ConfigureAwait(false);
        }
    }

    /// <summary>All endpoints are allocated before the first subscriber hears of one: a URL may be made of another resource's endpoint.</summary>
    private async Task ShowUrlsAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources.ToArray())
        {
            if (resource.Annotations.OfType<EndpointAnnotation>().Any())
            {
                await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken).ConfigureAwait(false);
            }

            await ResourceUrls.ResolveAsync(resource, context, loggers.GetLogger(resource), cancellationToken).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with { Urls = ResourceUrls.Snapshots(resource, _ => false) }).ConfigureAwait(false);
        }
    }

    /// <summary>Lets resources that the orchestrator does not run begin their own life.</summary>
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources.ToArray())
        {
            var initialize = new InitializeResourceEvent(resource, eventing, loggers, notifications, services);
            await eventing.PublishAsync(initialize, EventDispatchBehavior.NonBlockingConcurrent, cancellationToken).ConfigureAwait(false);
            if (resource is ParameterResource and IResourceWithConnectionString)
            {
                await start.AnnounceConnectionStringAsync(resource, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ShowConnectionStringAsync(ConnectionStringAvailableEvent available, CancellationToken cancellationToken)
    {
        if (available.Resource is IResourceWithConnectionString resource)
        {
            var value = await resource.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(resource, snapshot => snapshot with
            {
                Properties = snapshot.Properties.Set(new ResourcePropertySnapshot(KnownProperties.ConnectionString, value ?? "") { IsSensitive = true }),
            }).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Stopping all resources.")]
    private static partial void LogStopping(ILogger logger);
}
