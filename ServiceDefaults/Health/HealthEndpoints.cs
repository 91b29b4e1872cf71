using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>One check's verdict.</summary>
public sealed record HealthCheckBody(string Status, string? Description);

/// <summary>The answer of a health route.</summary>
public sealed record HealthBody(string Status, IReadOnlyDictionary<string, HealthCheckBody> Checks);

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: every check tagged <see cref="ReadyTag"/> is fine (200), or not (503 with the reasons).
/// Mapped in every environment: AppHost waits for them, and it does not pass its own environment on.
/// </summary>
public static class HealthEndpoints
{
    public const string Prefix = "/health";
    public const string LivePath = Prefix + "/live";
    public const string ReadyPath = Prefix + "/ready";

    /// <summary>The tag of checks that decide about readiness.</summary>
    public const string ReadyTag = "ready";

    /// <summary>For a check that sets no time-out of its own.</summary>
    internal static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    internal static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WorkerHealth>();
        builder.Services.AddSingleton<ReadinessReport>();
        builder.Services.AddHealthChecks().AddCheck<WorkerHealth>("workers", tags: [ReadyTag]);
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations.Where(check => check.Timeout == Timeout.InfiniteTimeSpan))
            {
                check.Timeout = CheckTimeout;
            }
        });
    }

    internal static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(LivePath, () => TypedResults.Json(new HealthBody("Healthy", new Dictionary<string, HealthCheckBody>()), HealthJson.Default.HealthBody));
        routes.MapGet(ReadyPath, async (ReadinessReport readiness, CancellationToken cancellationToken) =>
        {
            var body = await readiness.GetAsync(cancellationToken);
            var status = body.Status == nameof(HealthStatus.Unhealthy) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return TypedResults.Json(body, HealthJson.Default.HealthBody, statusCode: status);
        });
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
