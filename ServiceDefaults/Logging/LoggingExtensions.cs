using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// Log lines on stdout: JSON, one object a line, or text for people in Development; <c>Logging:Format</c> = <c>json</c> or <c>text</c> decides otherwise.
/// <c>Logging:Console:LogToStandardErrorThreshold</c> sends lines from a level on to stderr; <c>Logging:File:Directory</c> writes JSON lines to files too.
/// Aspire sets <c>Logging:Console:FormatterName=simple</c> for every project; that is ignored on purpose, since the simple format has no correlation id.
/// </summary>
internal static class LoggingExtensions
{
    private static readonly Dictionary<string, string?> DefaultLevels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None", // two lines a request, which RequestLogMiddleware's says better: whether it is on costs each request
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:System"] = "Warning",
        ["Logging:LogLevel:Polly"] = "None", // what it would say as an error is a call that failed, of which ServiceError says more
        ["Logging:LogLevel:Yarp"] = "Warning",
    };

    public static void AddLogLines(this IHostApplicationBuilder builder)
    {
        // First of all sources, so that appsettings, the environment and the command line win.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = DefaultLevels });

        builder.Logging.ClearProviders();

        // The formatters write the ids of the current span themselves; the default scopes would repeat them.
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);
        builder.Services.AddSingleton<LogLevels>();
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(services => services.GetRequiredService<LogLevels>());
        builder.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(services => services.GetRequiredService<LogLevels>());
        builder.Services.Configure<LogLineOptions>(options => (options.Service, options.Colorize, options.Backtrace) =
            (TelemetryExtensions.ServiceName(builder), builder.Configuration.GetValue("Logging:Colorize", builder.Environment.IsDevelopment()), builder.Configuration.GetValue("Logging:Backtrace", true)));
        builder.Services.AddSingleton<JsonLogFormatter>();
        builder.Services.AddSingleton<TextLogFormatter>();
        builder.Services.AddSingleton<ILoggerProvider>(services => Console(services, builder));

        builder.Services.AddOptionsWithValidateOnStart<FileLogOptions, FileLogOptionsValidator>().BindConfiguration(FileLogOptions.Section);
        builder.Services.AddSingleton(new OptionsSection(FileLogOptions.Section, typeof(FileLogOptions)));
        builder.AddWrittenDirectory<FileLogOptions>(file => file.Directory);
        if (!string.IsNullOrWhiteSpace(builder.Configuration[$"{FileLogOptions.Section}:Directory"]))
        {
            builder.Services.AddSingleton<ILoggerProvider>(services => Files(services, TelemetryExtensions.ServiceName(builder)));
        }
    }

    private static ConsoleLineProvider Console(IServiceProvider services, IHostApplicationBuilder builder)
    {
        var errorFrom = builder.Configuration.GetValue("Logging:Console:LogToStandardErrorThreshold", LogLevel.None);
        var streams = new StandardStreams(StandardStream.Output(), StandardStream.Error(), errorFrom);
        return new ConsoleLineProvider(FormatterOf(services, builder), Queue(services, streams, "console"));
    }

    private static FileLineProvider Files(IServiceProvider services, string service)
    {
        var file = new RotatingFile(services.GetRequiredService<IOptions<FileLogOptions>>().Value, service, services.GetRequiredService<TimeProvider>());
        return new FileLineProvider(services.GetRequiredService<JsonLogFormatter>(), Queue(services, file, "file"));
    }

    private static LineQueue Queue(IServiceProvider services, ILineTarget target, string sink) =>
        new(target, sink, services.GetRequiredService<TelemetryFlow>(), services.GetRequiredService<TimeProvider>());

    private static LineFormatter FormatterOf(IServiceProvider services, IHostApplicationBuilder builder) => builder.Configuration["Logging:Format"] switch
    {
        null or "" when builder.Environment.IsDevelopment() => services.GetRequiredService<TextLogFormatter>(),
        null or "" or "json" => services.GetRequiredService<JsonLogFormatter>(),
        "text" => services.GetRequiredService<TextLogFormatter>(),
        var other => throw new InvalidOperationException($"Logging:Format must be json or text, not '{other}'."),
    };
}
