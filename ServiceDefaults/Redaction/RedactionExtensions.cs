using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Puts the check before every log sink and every span exporter.</summary>
public static class RedactionExtensions
{
    /// <summary>Records a failure on the span of the work: an event with the exception, its type, the error status. The one way to record an exception: its texts are checked.</summary>
    public static void RecordFailure(this Activity? activity, Exception exception)
    {
        if (activity is null)
        {
            return;
        }

        var clean = RedactedException.From(exception, []);
        var type = RedactedException.TypeOf(clean);
        activity.AddException(clean, new TagList { { "exception.type", type }, { "exception.message", clean.Message }, { "exception.stacktrace", clean.ToString() } });
        activity.SetTag(TelemetryNames.Attributes.ErrorType, type);
        activity.SetStatus(ActivityStatusCode.Error);
    }

    internal static void AddRedaction(this IHostApplicationBuilder builder)
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(services =>
        {
            var scopes = new RequestScopes();
            return new RedactingLoggerFactory(new LoggerFactory(
                services.GetServices<ILoggerProvider>(),
                services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
                services.GetRequiredService<IOptions<LoggerFactoryOptions>>(),
                scopes), scopes);
        }));
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(new RedactingSpanProcessor()));
    }
}
