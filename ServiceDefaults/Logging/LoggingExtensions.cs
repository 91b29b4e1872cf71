using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// Log lines on stdout: JSON, one object a line, or text for people in Development; <c>Logging:Format</c> = <c>json</c> or <c>text</c> decides otherwise.
/// Aspire sets <c>Logging:Console:FormatterName=simple</c> for every project; that is overridden on purpose, since the simple format has no correlation id.
/// </summary>
internal static class LoggingExtensions
{
    private static readonly Dictionary<string, string?> DefaultLevels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:System"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Error",
        ["Logging:LogLevel:Yarp"] = "Warning",
    };

    public static void AddLogLines(this IHostApplicationBuilder builder)
    {
        // First of all sources, so that appsettings, the environment and the command line win.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = DefaultLevels });

        // The formatters write the ids of the current span themselves; the default scopes would repeat them.
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);
        builder.Logging.AddConsole();
        builder.Logging.AddConsoleFormatter<JsonLogFormatter, LogLineOptions>();
        builder.Logging.AddConsoleFormatter<TextLogFormatter, LogLineOptions>();
        builder.Services.Configure<LogLineOptions>(options => options.Service = TelemetryExtensions.ServiceName(builder));
        builder.Services.PostConfigure<ConsoleLoggerOptions>(options => options.FormatterName = FormatOf(builder));
    }

    private static string FormatOf(IHostApplicationBuilder builder) => builder.Configuration["Logging:Format"] switch
    {
        null or "" => builder.Environment.IsDevelopment() ? TextLogFormatter.FormatName : JsonLogFormatter.FormatName,
        "json" => JsonLogFormatter.FormatName,
        "text" => TextLogFormatter.FormatName,
        var other => throw new InvalidOperationException($"Logging:Format must be json or text, not '{other}'."),
    };
}
