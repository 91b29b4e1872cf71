using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Runs commands of resources, as the dashboard's buttons do.</summary>
public partial class ResourceCommandService
{
    private readonly ResourceNotificationService notifications;
    private readonly ResourceLoggerService loggers;
    private readonly IServiceProvider services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        this.notifications = notifications;
        this.loggers = loggers;
        this.services = services;
    }

    /// <summary>Runs the command on one instance. A failure, an exception included, is in the result.</summary>
    /// <param name="resourceId">Name of an instance, or of a resource with a single one.</param>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resourceId, commandName, new InteractionInputCollection([]), cancellationToken);

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        string resourceId, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resourceId);
        ArgumentNullException.ThrowIfNull(commandName);
        ArgumentNullException.ThrowIfNull(arguments);
        return notifications.TryGetCurrentState(resourceId, out var current)
            ? await RunAsync(current.Resource, current.ResourceId, commandName, arguments, cancellationToken).ConfigureAwait(false)
            : CommandResults.Failure($"Resource '{resourceId}' not found.");
    }

    /// <summary>Runs the command on all instances of the resource, side by side; it succeeds when it succeeds on all.</summary>
    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource, commandName, new InteractionInputCollection([]), cancellationToken);

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(
        IResource resource, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(commandName);
        ArgumentNullException.ThrowIfNull(arguments);
        var instances = resource.GetResolvedResourceNames();
        var results = await Task.WhenAll(instances.Select(instance => RunAsync(resource, instance, commandName, arguments, cancellationToken))).ConfigureAwait(false);
        var failures = instances.Zip(results).Where(pair => !pair.Second.Success).ToArray();
        return failures switch
        {
            [] => results[0],
            _ when failures.All(failure => failure.Second.Canceled) => CommandResults.Canceled(),
            [var only] => CommandResults.Failure(only.Second.Message),
            _ => CommandResults.Failure(string.Join(", ", failures.Select(failure => $"Resource '{failure.First}' failed with error message: {failure.Second.Message}"))),
        };
    }

    private async Task<ExecuteCommandResult> RunAsync(
        IResource resource, string instance, string commandName, InteractionInputCollection arguments, CancellationToken cancellationToken)
    {
        var logger = loggers.GetLogger(instance);
        if (resource.Annotations.OfType<ResourceCommandAnnotation>().FirstOrDefault(command => command.Name == commandName) is not { } command)
        {
            LogMissing(logger, commandName);
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{instance}'.");
        }

        LogExecuting(logger, commandName);
        try
        {
            var result = await ExecuteAsync(command, instance, arguments, logger, cancellationToken).ConfigureAwait(false);
            if (result.Success)
            {
                LogSucceeded(logger, commandName);
            }
            else if (!result.Canceled)
            {
                LogFailed(logger, commandName, result.Message);
            }

            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (Exception error)
        {
            LogThrown(logger, error, commandName);
            return CommandResults.Failure(error);
        }
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(
        ResourceCommandAnnotation command, string instance, InteractionInputCollection arguments, ILogger logger, CancellationToken cancellationToken)
    {
        if (command.ValidateArguments is { } validate)
        {
            var validation = new InputsDialogValidationContext { Inputs = arguments, Services = services, CancellationToken = cancellationToken };
            await validate(validation).ConfigureAwait(false);
            if (validation.HasErrors)
            {
                return CommandResults.Failure("Command argument validation failed.");
            }
        }

        return await command.ExecuteCommand(new ExecuteCommandContext
        {
            ResourceName = instance,
            Services = services,
            CancellationToken = cancellationToken,
            Logger = logger,
            Arguments = arguments,
        }).ConfigureAwait(false);
    }

    [LoggerMessage(LogLevel.Information, "Executing command '{CommandName}'.")]
    private static partial void LogExecuting(ILogger logger, string commandName);

    [LoggerMessage(LogLevel.Information, "Successfully executed command '{CommandName}'.")]
    private static partial void LogSucceeded(ILogger logger, string commandName);

    [LoggerMessage(LogLevel.Information, "Failure executing command '{CommandName}'. Error message: {ErrorMessage}")]
    private static partial void LogFailed(ILogger logger, string commandName, string? errorMessage);

    [LoggerMessage(LogLevel.Error, "Error executing command '{CommandName}'.")]
    private static partial void LogThrown(ILogger logger, Exception error, string commandName);

    [LoggerMessage(LogLevel.Information, "Command '{CommandName}' is not available.")]
    private static partial void LogMissing(ILogger logger, string commandName);
}
