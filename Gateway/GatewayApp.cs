using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Forwarding;
using MlAspire.Gateway.Idempotency;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Predictions;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Verbosity;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Redis;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway;

/// <summary>The gateway: predictions, each answered for, and V2 as it is.</summary>
public static class GatewayApp
{
    private const string Description = "Predictions, each answered for. A key has scopes, which stand beside the routes that need them; a caller without a key has those of `Access:Anonymous`. "
        + "Below `/v2` it forwards the Open Inference Protocol; `/v2/models/{model}/openapi.json` describes one model.";

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddServiceDefaults();
        builder.AddEdge();
        builder.AddRedisConnection();
        builder.AddGatewayOptions();
        builder.Services.AddSingleton<ApiKeys>().AddSingleton<CallerLimits>().AddSingleton<Admission>();
        builder.AddSteps(TelemetryNames.Sources.Gateway);
        builder.Services.AddSingleton<GatewayMetrics>().AddSingleton<PredictionDiagnostics>();
        builder.Services.AddSingleton<PipelineTable>().AddSingleton<RouteTable>().AddSingleton<ModelRouter>();
        builder.AddAudit();
        builder.Services.AddHostedService<PipelineWatcher>(); // after the witness was asked: it writes to the log
        builder.Services.AddSingleton<VerboseRuleTable>().AddHostedService<VerboseRuleExpiry>();
        builder.AddServiceClient<FeatureClient>("feature-store");
        builder.AddServiceClient<InferenceClient>("inference");
        builder.AddPredict();
        builder.AddPredictions();
        builder.AddV2Proxy();
        builder.Services.AddHealthChecks()
            .AddCheck<PipelineHealth>("pipelines", tags: [HealthEndpoints.ReadyTag])
            .AddCheck<AuditHealth>("audit", tags: [HealthEndpoints.ReadyTag]);
        builder.AddApiDocument(new("Gateway", Description, "docs/gateway.md"));
        builder.Services.AddOpenApi(ApiDocument.Name, document => document.UseServiceDefaults());
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseMiddleware<SecureHeadersMiddleware>().UseMiddleware<AccessMiddleware>().UseMiddleware<VerboseRuleMiddleware>();
        app.Services.GetRequiredService<SubjectKeys>(); // opened at the start, and the audit log: what cannot be opened must not wait for the first prediction
        app.MapApiDocument();
        app.MapServiceIndex();
        app.MapPredict();
        app.MapPredictions();
        app.MapModels();
        app.MapRoutes();
        app.MapAudit();
        app.MapVerboseRules();
        app.MapV2Proxy();
        return app;
    }

    private static void AddGatewayOptions(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<AccessOptions, AccessOptionsValidator>("Access", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<LimitsOptions, LimitsOptionsValidator>("Limits", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<PipelineOptions, PipelineOptionsValidator>("Pipeline", (from, options, how) => from.Bind(options, how));
        builder.Services.AddOptions<DetailOptions>().Validate<IOptions<PipelineOptions>>(
            (detail, pipeline) => detail.MaxWait >= pipeline.Value.LongestTimeout + DetailOptions.VerdictTime,
            $"Telemetry:MaxWait must be {DetailOptions.VerdictTime} longer than Pipeline:DefaultTimeout and Pipeline:MaxTimeout, in every service: the detail of a request that timed out is gone else.");
        builder.AddCheckedOptions<IdempotencyOptions, IdempotencyOptionsValidator>("Idempotency", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<PredictionStreamOptions, PredictionStreamOptionsValidator>("PredictionStream", (from, options, how) => from.Bind(options, how));
        builder.AddCheckedOptions<ModelRepositoryOptions, ModelRepositoryOptionsValidator>("ModelRepository", (from, options, how) => from.Bind(options, how), shared: true);
        builder.AddCheckedOptions<AuditOptions, AuditOptionsValidator>("Audit", (from, options, how) => from.Bind(options, how));
        builder.AddWrittenDirectory<AuditOptions>(audit => audit.Directory);
    }
}
