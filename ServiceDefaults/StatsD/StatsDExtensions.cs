using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.StatsD;

/// <summary>Registers the sending of metrics to a StatsD server, which is off until <see cref="StatsDOptions.Host"/> says where it is.</summary>
internal static class StatsDExtensions
{
    public static void AddStatsD(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<StatsDOptions, StatsDOptionsValidator>(StatsDOptions.Section, (from, options, how) => from.Bind(options, how));
        var service = TelemetryExtensions.ServiceName(builder);
        builder.Services.ConfigureOpenTelemetryMeterProvider((services, metrics) =>
        {
            if (services.GetRequiredService<IOptions<StatsDOptions>>().Value is { Host: not null } options)
            {
                metrics.AddReader(new PeriodicExportingMetricReader(new StatsDExporter(options, service, services.GetRequiredService<TelemetryFlow>().Of(TelemetryFlow.Metrics, TelemetryFlow.StatsD)), (int)options.Interval.TotalMilliseconds)
                {
                    TemporalityPreference = MetricReaderTemporalityPreference.Delta,
                });
            }
        });
    }
}
