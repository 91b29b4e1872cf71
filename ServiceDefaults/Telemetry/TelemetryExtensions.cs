using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry: logs with scopes, traces without health calls and scrapes, metrics; sent by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT says where.</summary>
internal static class TelemetryExtensions
{
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => NameService(resource, builder))
            .WithTracing(tracing => tracing
                .AddSource([.. TelemetryNames.Sources.All])
                .AddAspNetCoreInstrumentation(options =>
                {
                    options.RecordException = true;
                    options.Filter = context => !context.Request.Path.StartsWithSegments(HealthEndpoints.Prefix) && context.Request.Path != MetricsEndpoints.Path;
                })
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddMeter([.. TelemetryNames.Sources.All])
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.UseOtlpExporter();
        }
    }

    /// <summary>The service's name in telemetry and log lines: OTEL_SERVICE_NAME, which AppHost sets, else the program's name.</summary>
    public static string ServiceName(IHostApplicationBuilder builder) =>
        builder.Configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : builder.Environment.ApplicationName;

    private static void NameService(ResourceBuilder resource, IHostApplicationBuilder builder)
    {
        // An attribute added here would win over the environment's, so it is added only when the environment is silent.
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_SERVICE_NAME"]))
        {
            resource.AddService(ServiceName(builder));
        }
    }
}
