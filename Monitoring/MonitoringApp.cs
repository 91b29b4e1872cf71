using Microsoft.Extensions.Options;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Inference;
using MlAspire.Monitoring.Pages;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Redis;

namespace MlAspire.Monitoring;

/// <summary>Watches what the models answer and how right they were.</summary>
public static class MonitoringApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddRedisConnection();
        builder.AddOptions<WindowOptions, WindowOptionsValidator>("Windows");
        builder.AddOptions<QualityOptions, QualityOptionsValidator>("Quality");
        builder.AddOptions<PredictionReaderOptions, PredictionReaderOptionsValidator>("PredictionReader");
        builder.Services.AddSingleton<MonitoringMetrics>().AddSingleton<ModelStatistics>().AddHostedService<PredictionReader>();
        builder.Services.ConfigureHttpJsonOptions(http => MonitoringJson.Use(http.SerializerOptions));
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapFeedback();
        app.MapSummary();
        app.MapOverviewPage();
        return app;
    }

    private static void AddOptions<TOptions, TValidator>(this WebApplicationBuilder builder, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        builder.Services.AddOptions<TOptions>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
    }
}
