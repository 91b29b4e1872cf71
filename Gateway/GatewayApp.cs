using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Forwarding;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Redis;

namespace MlAspire.Gateway;

/// <summary>The gateway: predictions, each answered for, and V2 as it is.</summary>
public static class GatewayApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddServiceDefaults();
        builder.AddRedisConnection();
        builder.AddGatewayOptions();
        builder.Services.AddSingleton<ApiKeys>().AddSingleton<CallerLimits>();
        builder.Services.AddSingleton<GatewayMetrics>().AddSingleton<Stage>().AddSingleton<PredictionDiagnostics>();
        builder.Services.AddSingleton<PipelineTable>().AddSingleton<RouteTable>().AddSingleton<ModelRouter>().AddHostedService<PipelineWatcher>();
        builder.Services.AddSingleton<AuditLog>().AddSingleton<AuditCommit>().AddHostedService<CheckpointWriter>();
        builder.AddServiceClient<FeatureClient>("feature-store");
        builder.AddServiceClient<InferenceClient>("inference");
        builder.AddPredict();
        builder.AddV2Proxy();
        builder.Services.AddHealthChecks()
            .AddCheck<PipelineHealth>("pipelines", tags: [HealthEndpoints.ReadyTag])
            .AddCheck<AuditHealth>("audit", tags: [HealthEndpoints.ReadyTag]);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseMiddleware<SecureHeadersMiddleware>().UseMiddleware<AccessMiddleware>();
        app.Services.GetRequiredService<AuditLog>(); // opened at the start: a log that cannot be opened must not wait for the first prediction
        app.MapPredict();
        app.MapModels();
        app.MapRoutes();
        app.MapAudit();
        app.MapV2Proxy();
        return app;
    }

    private static void AddGatewayOptions(this IHostApplicationBuilder builder)
    {
        builder.AddOptions<AccessOptions, AccessOptionsValidator>("Access");
        builder.AddOptions<LimitsOptions, LimitsOptionsValidator>("Limits");
        builder.AddOptions<PipelineOptions, PipelineOptionsValidator>("Pipeline");
        builder.AddOptions<PredictionStreamOptions, PredictionStreamOptionsValidator>("PredictionStream");
        builder.AddOptions<ModelRepositoryOptions, ModelRepositoryOptionsValidator>("ModelRepository");
        builder.AddOptions<AuditOptions, AuditOptionsValidator>("Audit");
    }

    private static void AddOptions<TOptions, TValidator>(this IHostApplicationBuilder builder, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        builder.Services.AddOptions<TOptions>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
    }
}
