using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.OpenApi;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.Prometheus;

/// <summary><c>GET /metrics</c>: every metric of the service in Prometheus' text format. Series are bounded by OpenTelemetry's limit of 2,000 a metric.</summary>
public static class MetricsEndpoints
{
    public const string Path = "/metrics";

    internal static void AddPrometheus(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.ConfigureOpenTelemetryMeterProvider((services, metrics) =>
            metrics.AddReader(new BaseExportingMetricReader(services.GetRequiredService<PrometheusExporter>())));
    }

    internal static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, (PrometheusExporter exporter) => TypedResults.Text(exporter.Scrape(), PrometheusText.ContentType)).DisableHttpMetrics()
            .WithTags(ApiTags.Operations).WithSummary("Every metric, in Prometheus' text format").Produces<string>(StatusCodes.Status200OK, "text/plain");
}
