using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>One line when a service takes requests: what it is, and where it listens.</summary>
internal static partial class StartLog
{
    public static void LogStart(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var addresses = string.Join(", ", app.Urls);
        LogStarted(app.Logger, app.Environment.ApplicationName, app.Environment.EnvironmentName, addresses);
    });

    [LoggerMessage(EventName = TelemetryNames.Events.ApplicationStarted, Level = LogLevel.Information, Message = "{Application} has started in {Environment} and listens on {Addresses}")]
    private static partial void LogStarted(ILogger logger, string application, string environment, string addresses);
}
