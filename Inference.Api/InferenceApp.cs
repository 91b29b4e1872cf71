using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Grpc;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Rest;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Inference.Api;

/// <summary>The service, assembled: ONNX models from the repository, over V2 REST and V2 gRPC.</summary>
public static class InferenceApp
{
    /// <param name="configure">What a host adds or changes before the service is built.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Host.UseDefaultServiceProvider(services => services.ValidateOnBuild = true);
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        builder.AddOnnx();
        builder.AddResponseCache();
        builder.AddModelRepository();
        builder.AddServing();
        builder.AddV2Rest();
        builder.AddV2Grpc();
        builder.AddInferenceDiagnostics();
        builder.Services.AddSingleton(new ServiceInfo("Inference.Api", "ONNX models over the Open Inference Protocol (V2), REST and gRPC.", "docs/inference.md"));

        var app = builder.Build();
        app.UseObservedMetrics();
        app.MapDefaultEndpoints();
        app.UseInferenceDiagnostics();
        app.UseRequestDeadline();
        app.UseMiddleware<GrpcAdmissionMiddleware>();
        app.MapV2();
        app.MapRepository();
        app.MapLogging();
        app.MapUnsupported();
        app.MapOpenApiDocuments();
        app.MapServiceIndex();
        app.MapV2Grpc();
        return app;
    }
}
