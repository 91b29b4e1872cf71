using MlAspire.Monitoring.Gateway;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Monitoring.Rollouts;

/// <summary><c>GET /v1/rollouts</c>: the automatic canaries, what is known of them, and what became of the last ones.</summary>
internal static class RolloutEndpoints
{
    public static void AddRollouts(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RolloutsOptions, RolloutsOptionsValidator>("Rollouts", (from, options, how) => from.Bind(options, how));
        builder.AddServiceClient<GatewayClient>(GatewayClient.Service);
        builder.Services.AddSingleton<RolloutTable>().AddHostedService<RolloutWorker>();
    }

    public static void MapRollouts(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/rollouts", (RolloutTable table) => TypedResults.Ok(new RolloutList(table.States)))
        .RequireKeyOrPassword().WithTags("rollouts").WithSummary("The automatic canaries, and what became of the last ones");
}
