using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore;

/// <summary>The service: features by event time, written by producers and read by models. Routes: docs/features.md.</summary>
public static class FeatureStoreApp
{
    /// <exception cref="RegistryFileException">The registry file is wrong; names all problems.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddKeyedRoutes();
        builder.AddFeatureRegistry();
        builder.AddOnlineFeatures();
        builder.AddIngest();
        builder.AddOffline();
        builder.AddQuarantine();
        builder.AddFeast();
        builder.AddSteps(TelemetryNames.Sources.FeatureStore);
        builder.Services.AddSingleton<FeatureStoreMetrics>();
        FeatureStoreJson.AddTo(builder.Services);
        builder.AddApiDocument(new("FeatureStore", "Features by event time, written by producers and read by models.", "docs/features.md"));
        builder.Services.AddOpenApi(ApiDocument.Name, document => document.UseServiceDefaults().AddSchemaTransformer((schema, context, _) =>
        {
            ColumnSchemas.Complete(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        }));
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Services.GetRequiredService<ServedRegistry>();
        app.MapDefaultEndpoints();
        app.UseKeyedRoutes();
        app.UseRequestDeadline();
        app.MapApiDocument();
        app.MapServiceIndex();
        app.MapFeatureRegistry();
        app.MapOnlineFeatures();
        app.MapIngest();
        app.MapQuarantine();
        app.MapFeast();
        return app;
    }
}
