using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Reads the values of parameters and shows them; one without a value is <c>ValueMissing</c>, which fails only those who need it.</summary>
internal sealed partial class ParameterStates(ResourceNotificationService notifications, ResourceLoggerService loggers)
{
    public async Task PublishAsync(ParameterResource parameter)
    {
        try
        {
            await ShowAsync(parameter, parameter.ValueInternal, KnownResourceStates.Running).ConfigureAwait(false);
        }
        catch (MissingParameterValueException error)
        {
            LogMissing(loggers.GetLogger(parameter), parameter.ConfigurationKey, error.Message);
            await ShowAsync(parameter, null, new ResourceStateSnapshot(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn)).ConfigureAwait(false);
        }
        catch (DistributedApplicationException error)
        {
            LogMissing(loggers.GetLogger(parameter), parameter.ConfigurationKey, error.Message);
            await ShowAsync(parameter, null, new ResourceStateSnapshot("Error initializing parameter", KnownResourceStateStyles.Error)).ConfigureAwait(false);
        }
    }

    private Task ShowAsync(ParameterResource parameter, string? value, ResourceStateSnapshot? state) => notifications.PublishUpdateAsync(parameter, snapshot => snapshot with
    {
        State = state,
        Properties = snapshot.Properties
            .Set(new ResourcePropertySnapshot(KnownProperties.ParameterValue, value ?? "") { IsSensitive = parameter.Secret })
            .Set(new ResourcePropertySnapshot(KnownProperties.Source, parameter.ConfigurationKey)),
    });

    [LoggerMessage(LogLevel.Error, "The parameter has no usable value ({ConfigurationKey}): {Reason}")]
    private static partial void LogMissing(ILogger logger, string configurationKey, string reason);
}
