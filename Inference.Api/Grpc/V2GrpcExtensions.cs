using Grpc.AspNetCore.Server.Model;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Protos.Health;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Registers V2 over gRPC and opens its port.</summary>
internal static class V2GrpcExtensions
{
    public static void AddV2Grpc(this WebApplicationBuilder builder)
    {
        builder.Services.AddGrpc(options =>
        {
            options.Interceptors.Add<GrpcErrors>();
            options.EnableDetailedErrors = false;
        });
        // In the place of the provider that AddGrpc brings for every service.
        builder.Services.RemoveAll(typeof(IServiceMethodProvider<>));
        builder.Services.AddSingleton<RequestMessages>();
        builder.Services.AddSingleton<IServiceMethodProvider<GrpcInferenceService>>(services =>
            new GrpcMethods<GrpcInferenceService>(binder => GRPCInferenceService.BindService(binder, null), services.GetRequiredService<RequestMessages>()));
        builder.Services.AddSingleton<IServiceMethodProvider<GrpcHealthService>>(services =>
            new GrpcMethods<GrpcHealthService>(binder => Health.BindService(binder, null), services.GetRequiredService<RequestMessages>()));
        builder.Services.AddOptions<global::Grpc.AspNetCore.Server.GrpcServiceOptions>().Configure<LimitsOptions>((options, limits) =>
        {
            options.MaxReceiveMessageSize = limits.MaxRequestBytes;
            options.MaxSendMessageSize = null;
            options.CompressionProviders = BoundedCompression.Providers(limits.MaxRequestBytes);
        });
        builder.AddGrpcPort();
    }

    public static void MapV2Grpc(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<GrpcInferenceService>();
        routes.MapGrpcService<GrpcHealthService>();
    }
}
