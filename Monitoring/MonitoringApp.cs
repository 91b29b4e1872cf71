using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.Incidents;
using MlAspire.Monitoring.Inference;
using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Logs;
using MlAspire.Monitoring.Pages;
using MlAspire.Monitoring.Panels;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Reports;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Traffic;
using MlAspire.Monitoring.Windows;
using MlAspire.Monitoring.Witness;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Redis;

namespace MlAspire.Monitoring;

/// <summary>Watches what the models answer and how right they were.</summary>
public static class MonitoringApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddEdge();
        builder.AddKeyedRoutes();
        builder.AddRedisConnection();
        builder.AddMonitoringOptions();
        builder.Services.AddSingleton<WitnessedLogs>();
        builder.Services.AddSingleton<LogSearch>();
        builder.AddLogRules();
        builder.AddPanels();
        builder.AddSystemHealth();
        builder.AddFailures();
        builder.AddRollouts();
        builder.AddReports();
        builder.AddIncidents();
        builder.Services.AddSingleton<MonitoringMetrics>().AddSingleton<ModelStatistics>().AddHostedService<PredictionReader>();
        builder.Services.AddSingleton<TrafficWatch>().AddHostedService(services => services.GetRequiredService<TrafficWatch>());
        builder.Services.ConfigureHttpJsonOptions(http => MonitoringJson.Use(http.SerializerOptions));
        builder.AddApiDocument(new("Monitoring", "Watches what the models answer and how right they were.", "docs/monitoring.md"));
        builder.Services.AddOpenApi(ApiDocument.Name, document => document.UseServiceDefaults());
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseKeyedRoutes();
        app.MapApiDocument();
        app.MapFeedback();
        app.MapSummary();
        app.MapWitness();
        app.MapLogs();
        app.MapLogRules();
        app.MapSystemHealth();
        app.MapFailures();
        app.MapRollouts();
        app.MapIncidents();
        app.MapOverviewPage();
        app.MapLogsPage();
        app.MapFailuresPage();
        return app;
    }

    private static void AddMonitoringOptions(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<WindowOptions, WindowOptionsValidator>("Windows", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<QualityOptions, QualityOptionsValidator>("Quality", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<PredictionReaderOptions, PredictionReaderOptionsValidator>("PredictionReader", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<WitnessOptions, WitnessOptionsValidator>("Witness", (from, options, how) => from.Bind(options, how));
        builder.AddWrittenDirectory<WitnessOptions>(witness => witness.Directory);
        builder.AddCheckedOptions<TrafficOptions, TrafficOptionsValidator>("Traffic", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<LogsOptions, LogsOptionsValidator>("Logs", (from, options, how) => from.Bind(options, how));
    }
}
