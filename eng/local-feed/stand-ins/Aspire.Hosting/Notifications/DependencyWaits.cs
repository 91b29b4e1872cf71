using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Waits as <c>WaitFor</c>, <c>WaitForStart</c> and <c>WaitForCompletion</c> demand, and shows meanwhile for what.</summary>
internal sealed partial class DependencyWaits(ResourceNotificationService notifications, ResourceLoggerService loggers)
{
    /// <summary>It will not run by itself any more.</summary>
    public static bool IsUnavailable(CustomResourceSnapshot snapshot) =>
        snapshot.State?.Text is { } state && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.RuntimeUnhealthy);

    public async Task WaitAsync(IResource resource, CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().Where(wait => wait.Resource is not IResourceWithoutLifetime).ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        var pending = waits.SelectMany(wait => wait.Resource.GetResolvedResourceNames().Select(instance => new PendingWait(wait, instance))).ToList();
        await ShowAsync(resource, pending).ConfigureAwait(false);
        var logger = loggers.GetLogger(resource);
        await Task.WhenAll(pending.ToArray().Select(async wait =>
        {
            await WaitForAsync(resource, wait, logger, cancellationToken).ConfigureAwait(false);
            await DoneAsync(resource, pending, wait).ConfigureAwait(false);
        })).ConfigureAwait(false);
    }

    private async Task DoneAsync(IResource resource, List<PendingWait> pending, PendingWait wait)
    {
        PendingWait[] rest;
        lock (pending)
        {
            pending.Remove(wait);
            rest = [.. pending];
        }

        if (rest.Length > 0)
        {
            await ShowAsync(resource, rest).ConfigureAwait(false);
        }
    }

    private Task ShowAsync(IResource resource, IReadOnlyList<PendingWait> pending)
    {
        var waitingFor = pending.Select(wait => wait.Instance).Distinct().ToArray();
        return notifications.PublishUpdateAsync(resource, snapshot => CanWait(resource, snapshot.State?.Text)
            ? snapshot with
            {
                State = KnownResourceStates.Waiting,
                Properties = snapshot.Properties.Set(new ResourcePropertySnapshot(KnownProperties.WaitingFor, waitingFor)),
            }
            : snapshot);
    }

    /// <summary>A resource that is started by hand is not Waiting before somebody has started it.</summary>
    private static bool CanWait(IResource resource, string? state) =>
        state is null
        || state == KnownResourceStates.Starting
        || state == KnownResourceStates.Waiting
        || state == KnownResourceStates.NotStarted && !resource.Annotations.OfType<ExplicitStartupAnnotation>().Any();

    private async Task WaitForAsync(IResource resource, PendingWait wait, ILogger logger, CancellationToken cancellationToken)
    {
        var dependency = wait.Annotation.Resource;
        if (wait.Annotation.WaitType == WaitType.WaitForCompletion)
        {
            LogWaitingForCompletion(logger, wait.Instance);
            await WaitForCompletionAsync(resource, wait, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            LogWaitingForRunning(logger, wait.Instance);
            await WaitForRunningAsync(resource, wait, cancellationToken).ConfigureAwait(false);
            if (wait.Annotation.WaitType == WaitType.WaitUntilHealthy)
            {
                await WaitForHealthAsync(dependency, wait.Instance, logger, cancellationToken).ConfigureAwait(false);
            }
        }

        LogFinished(logger, wait.Instance);
    }

    private async Task WaitForRunningAsync(IResource resource, PendingWait wait, CancellationToken cancellationToken)
    {
        var stopWhenUnavailable = (wait.Annotation.WaitBehavior ?? notifications.DefaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;
        var end = await notifications.WaitAsync(
            wait.Annotation.Resource.Name,
            change => change.ResourceId == wait.Instance
                && (change.Snapshot.State?.Text == KnownResourceStates.Running || stopWhenUnavailable && IsUnavailable(change.Snapshot)),
            "run",
            cancellationToken).ConfigureAwait(false);
        if (end.Snapshot.State!.Text != KnownResourceStates.Running)
        {
            throw new DistributedApplicationException(end.Snapshot.State.Text == KnownResourceStates.FailedToStart
                ? $"Resource '{resource.Name}' stopped waiting for dependency resource '{wait.Instance}' because it failed to start."
                : $"Resource '{resource.Name}' stopped waiting for dependency resource '{wait.Instance}' because it entered the '{end.Snapshot.State.Text}' state prematurely.");
        }
    }

    private async Task WaitForHealthAsync(IResource dependency, string instance, ILogger logger, CancellationToken cancellationToken)
    {
        if (dependency.Annotations.OfType<HealthCheckAnnotation>().Any())
        {
            LogWaitingForHealth(logger, instance);
            await notifications.WaitAsync(
                dependency.Name,
                change => change.ResourceId == instance && change.Snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy,
                "become healthy",
                cancellationToken).ConfigureAwait(false);
        }

        await notifications.WaitForReadyAsync(dependency.Name, instance, cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitForCompletionAsync(IResource resource, PendingWait wait, CancellationToken cancellationToken)
    {
        var end = await notifications.WaitAsync(
            wait.Annotation.Resource.Name,
            change => change.ResourceId == wait.Instance
                && (KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text) || change.Snapshot.ExitCode is not null),
            "complete",
            cancellationToken).ConfigureAwait(false);
        var state = end.Snapshot.State?.Text;
        if (state == KnownResourceStates.FailedToStart)
        {
            throw new DistributedApplicationException($"Resource '{resource.Name}' stopped waiting for dependency resource '{wait.Instance}' because it failed to start.");
        }

        if (end.Snapshot.ExitCode is { } exitCode && exitCode != wait.Annotation.ExitCode)
        {
            throw new DistributedApplicationException(
                $"Resource '{resource.Name}' stopped waiting for dependency resource '{wait.Instance}' because it entered the '{state}' state with exit code '{exitCode}', expected '{wait.Annotation.ExitCode}'.");
        }
    }

    private sealed record PendingWait(WaitAnnotation Annotation, string Instance);

    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to enter the 'Running' state.")]
    private static partial void LogWaitingForRunning(ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to become healthy.")]
    private static partial void LogWaitingForHealth(ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to complete.")]
    private static partial void LogWaitingForCompletion(ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Finished waiting for resource '{ResourceName}'.")]
    private static partial void LogFinished(ILogger logger, string resourceName);
}
