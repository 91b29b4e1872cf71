using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Redaction;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry: logs with scopes, traces without health calls and scrapes, metrics; sent by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT says where.</summary>
internal static class TelemetryExtensions
{
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        // .NET itself reads and sends traceparent and baggage. OpenTelemetry's default would do so again, and have a second baggage flow with each request.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => NameService(resource, builder))
            .WithTracing(tracing => tracing
                .AddSource([.. TelemetryNames.Sources.All])
                .AddAspNetCoreInstrumentation(options =>
                {
                    options.EnrichWithException = (span, exception) => span.RecordFailure(exception); // RecordException would put its texts there unchecked
                    options.Filter = context => !context.Request.Path.StartsWithSegments(HealthEndpoints.Prefix) && context.Request.Path != MetricsEndpoints.Path;
                })
                .AddHttpClientInstrumentation(options => options.FilterHttpRequestMessage = request => request.RequestUri?.AbsolutePath != MetricsEndpoints.Path))
            .WithMetrics(metrics => metrics
                .AddMeter([.. TelemetryNames.Sources.All])
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());
        if (builder.Configuration.GetValue("Telemetry:Level", TelemetryLevel.Full) == TelemetryLevel.Basic)
        {
            telemetry.WithTracing(tracing => tracing.SetSampler(new AlwaysOffSampler())); // ids of traces still go from service to service
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            builder.Logging.AddOpenTelemetry(logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = true;
            });
            Export(telemetry);
        }
    }

    /// <summary>Of the logs what is written at once, of the spans those of traces that are told. Metrics are cumulative: one collection that is lost costs nothing.</summary>
    private static void Export(OpenTelemetryBuilder telemetry)
    {
        telemetry.WithMetrics(metrics => metrics.AddOtlpExporter());
        telemetry.WithLogging(logs => logs.AddProcessor(LogsToOtlp));
        telemetry.WithTracing(tracing => tracing.AddProcessor(SpansToOtlp));
    }

    private static LogDetailProcessor LogsToOtlp(IServiceProvider services)
    {
        var flow = services.GetRequiredService<TelemetryFlow>().Of(TelemetryFlow.Logs, TelemetryFlow.Otlp);
        var options = OptionsOf<LogRecordExportProcessorOptions>(services).BatchExportProcessorOptions;
        var provider = new Lazy<ILoggerProvider>(() => services.GetServices<ILoggerProvider>().OfType<OpenTelemetryLoggerProvider>().Single()); // which is not there before its processors are
        return new LogDetailProcessor(CountedBatch<LogRecord>.Of(new OtlpLogExporter(OptionsOf<OtlpExporterOptions>(services)), options, flow, exporter => new BatchLogRecordExportProcessor(
            exporter, options.MaxQueueSize, options.ScheduledDelayMilliseconds, options.ExporterTimeoutMilliseconds, options.MaxExportBatchSize)), category => provider.Value.CreateLogger(category), flow);
    }

    private static SpanDetailProcessor SpansToOtlp(IServiceProvider services)
    {
        var flow = services.GetRequiredService<TelemetryFlow>().Of(TelemetryFlow.Spans, TelemetryFlow.Otlp);
        var options = OptionsOf<ActivityExportProcessorOptions>(services).BatchExportProcessorOptions;
        return new SpanDetailProcessor(CountedBatch<Activity>.Of(new OtlpTraceExporter(OptionsOf<OtlpExporterOptions>(services)), options, flow, exporter => new BatchActivityExportProcessor(
            exporter, options.MaxQueueSize, options.ScheduledDelayMilliseconds, options.ExporterTimeoutMilliseconds, options.MaxExportBatchSize)), flow);
    }

    private static T OptionsOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<T>>().CurrentValue;

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
