using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Start, Stop and Restart of what the orchestrator runs.</summary>
internal static class LifecycleCommands
{
    /// <summary>Adds the three commands, once; not to what the orchestrator does not run, nor to the dashboard.</summary>
    public static void AddTo(IResource resource)
    {
        if (!InstanceNames.IsRun(resource)
            || resource.HasAnnotationOfType<NoLifecycleCommandsAnnotation>()
            || resource.Annotations.OfType<ResourceCommandAnnotation>().Any(command => command.Name == KnownResourceCommands.StartCommand))
        {
            return;
        }

        Add(resource, KnownResourceCommands.StartCommand, "Start", "Start resource", "Play", StartState, "started", (executor, context) =>
            executor.StartAsync(context.ResourceName, context.CancellationToken));
        Add(resource, KnownResourceCommands.StopCommand, "Stop", "Stop resource", "Stop", StopState, "stopped", (executor, context) =>
            executor.StopAsync(context.ResourceName, context.CancellationToken));
        Add(resource, KnownResourceCommands.RestartCommand, "Restart", "Restart resource", "ArrowCounterclockwise", RestartState, "restarted", async (executor, context) =>
        {
            await executor.StopAsync(context.ResourceName, context.CancellationToken).ConfigureAwait(false);
            await executor.StartAsync(context.ResourceName, context.CancellationToken).ConfigureAwait(false);
        });
    }

    private static void Add(
        IResource resource, string name, string displayName, string description, string icon, Func<string?, ResourceCommandState> stateOf, string done, Func<DcpExecutor, ExecuteCommandContext, Task> act)
    {
        var isRestart = name == KnownResourceCommands.RestartCommand;
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name,
            displayName,
            updateState: context => stateOf(context.ResourceSnapshot.State?.Text),
            executeCommand: async context =>
            {
                await act(context.Services.GetRequiredService<DcpExecutor>(), context).ConfigureAwait(false);
                return CommandResults.Success($"Successfully {done} '{resource.Name}'.");
            },
            displayDescription: description,
            arguments: null,
            confirmationMessage: null,
            iconName: icon,
            iconVariant: isRestart ? IconVariant.Regular : IconVariant.Filled,
            isHighlighted: !isRestart));
    }

    private static ResourceCommandState StartState(string? state) => state switch
    {
        null or "" or "Starting" or "Building" or "RuntimeUnhealthy" => ResourceCommandState.Disabled,
        _ when IsEnded(state) || state == KnownResourceStates.Waiting => ResourceCommandState.Enabled,
        _ => ResourceCommandState.Hidden,
    };

    private static ResourceCommandState StopState(string? state) => state switch
    {
        "Stopping" => ResourceCommandState.Disabled,
        null or "" or "Starting" or "Waiting" or "Building" or "RuntimeUnhealthy" => ResourceCommandState.Hidden,
        _ => IsEnded(state) ? ResourceCommandState.Hidden : ResourceCommandState.Enabled,
    };

    private static ResourceCommandState RestartState(string? state) => state switch
    {
        null or "" or "Starting" or "Stopping" or "Waiting" or "Building" or "RuntimeUnhealthy" => ResourceCommandState.Disabled,
        _ => IsEnded(state) ? ResourceCommandState.Disabled : ResourceCommandState.Enabled,
    };

    private static bool IsEnded(string state) => KnownResourceStates.TerminalStates.Contains(state) || state is "NotStarted" or "Unknown";
}

/// <summary>The resource is not to be stopped by hand.</summary>
internal sealed class NoLifecycleCommandsAnnotation : IResourceAnnotation;
