using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Quantiles;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.StatsD;
using MlAspire.ServiceDefaults.Subjects;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults;

/// <summary>What every service has: logs, telemetry, correlation, health, errors, service discovery. See docs/telemetry.md.</summary>
public static class ServiceDefaultsExtensions
{
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddLogLines();
        builder.AddRedaction();
        builder.AddDetail();
        builder.AddTelemetry();
        builder.AddPrometheus();
        builder.AddStatsD();
        builder.AddDurationQuantiles();
        builder.AddCorrelation();
        builder.AddSubjects();
        builder.AddHealth();
        builder.AddErrors();
        builder.AddServiceClientDefaults();
        return builder;
    }

    /// <summary>Maps the health routes and /metrics, answers errors, and says when the service has started. Call it first after <c>Build()</c>: it catches what the middleware after it throws.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.LogStart();
        app.UseDurationQuantiles();
        app.UseMiddleware<ErrorMiddleware>();
        app.MapHealth();
        app.MapMetrics();
        app.MapDetail();
        return app;
    }
}
