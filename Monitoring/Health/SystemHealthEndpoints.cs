using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.Monitoring.Configuration;
using MlAspire.Monitoring.LogRules;

namespace MlAspire.Monitoring.Health;

/// <summary><c>GET /v1/system-health</c>: whether the system is healthy and what is not; 503 when a service is not, as each service's own readiness.</summary>
internal static class SystemHealthEndpoints
{
    public static void AddSystemHealth(this IHostApplicationBuilder builder)
    {
        builder.AddWatchedServicesClient(SystemHealthWorker.ClientName, SystemHealthWorker.Limit, SystemHealthWorker.MaxAnswerBytes);
        builder.Services.AddSingleton<SystemHealthWorker>().AddHostedService(services => services.GetRequiredService<SystemHealthWorker>());
    }

    public static void MapSystemHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/system-health", Answer)
        .WithTags("health").WithSummary("Whether the system is healthy, and what is not").Produces<SystemHealth>().Produces<SystemHealth>(StatusCodes.Status503ServiceUnavailable);

    private static JsonHttpResult<SystemHealth> Answer(SystemHealthWorker worker, LogRuleWorker rules)
    {
        var services = worker.Services;
        var worst = services.Values.Select(service => Enum.TryParse<HealthStatus>(service.Status, out var status) ? status : HealthStatus.Unhealthy).DefaultIfEmpty(HealthStatus.Healthy).Min();
        var health = new SystemHealth(worst.ToString(), services, [.. rules.States.Where(rule => rule.FiringSince is not null).Select(rule => rule.Name)]);
        return TypedResults.Json(health, statusCode: worst == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }
}
