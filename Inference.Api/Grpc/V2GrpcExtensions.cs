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
        builder.Services.AddOptions<global::Grpc.AspNetCore.Server.GrpcServiceOptions>().Configure<LimitsOptions>((options, limits) =>
        {
            options.MaxReceiveMessageSize = limits.MaxRequestBytes;
            options.MaxSendMessageSize = null;
        });
        builder.AddGrpcPort();
    }

    public static void MapV2Grpc(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<GrpcInferenceService>();
        routes.MapGrpcService<GrpcHealthService>();
    }
}
