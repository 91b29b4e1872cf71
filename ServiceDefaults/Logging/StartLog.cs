using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>One line when a service takes requests: what it is, and where it listens; and one when it ends.</summary>
internal static partial class StartLog
{
    public static void LogStart(this WebApplication app)
    {
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = string.Join(", ", app.Urls);
            LogStarted(app.Logger, app.Environment.ApplicationName, app.Environment.EnvironmentName, addresses);
        });
        app.Lifetime.ApplicationStopping.Register(() => LogStopping(app.Logger, app.Environment.ApplicationName));
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ApplicationStarted, Level = LogLevel.Information, Message = "{Application} has started in {Environment} and listens on {Addresses}")]
    private static partial void LogStarted(ILogger logger, string application, string environment, string addresses);

    [LoggerMessage(EventName = TelemetryNames.Events.ApplicationStopping, Level = LogLevel.Information, Message = "{Application} is told to end")]
    private static partial void LogStopping(ILogger logger, string application);
}
