using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>One check's verdict.</summary>
public sealed record HealthCheckBody(string Status, string? Description);

/// <summary>The answer of a health route.</summary>
public sealed record HealthBody(string Status, IReadOnlyDictionary<string, HealthCheckBody> Checks)
{
    internal static HealthBody Healthy { get; } = new(nameof(HealthStatus.Healthy), new Dictionary<string, HealthCheckBody>());
}

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: every check tagged <see cref="ReadyTag"/> is fine or degraded (200), or not (503 with the reasons).
/// <c>/health/startup</c>: 503 with the reasons until it was ready once, 200 from then on.
/// Mapped in every environment: AppHost waits for them, and it does not pass its own environment on.
/// </summary>
public static class HealthEndpoints
{
    public const string Prefix = "/health";
    public const string LivePath = Prefix + "/live";
    public const string ReadyPath = Prefix + "/ready";
    public const string StartupPath = Prefix + "/startup";

    /// <summary>The tag of checks that decide about readiness.</summary>
    public const string ReadyTag = "ready";

    /// <summary>For a check that sets no time-out of its own.</summary>
    internal static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    internal static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WorkerHealth>();
        builder.Services.AddSingleton<ReadinessReport>().AddSingleton<Startup>();
        builder.Services.AddSingleton<DiskHealth>().AddSingleton<MemoryHealth>().AddSingleton<ClockHealth>();
        builder.Services.AddSingleton<Drain>().AddHostedService(services => services.GetRequiredService<Drain>());
        builder.Services.AddOptions<HostOptions>().PostConfigure<IOptions<HealthOptions>>((host, health) => host.ShutdownTimeout += health.Value.StopGrace);
        builder.AddCheckedOptions<HealthOptions, HealthOptionsValidator>(HealthOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddHealthChecks()
            .AddCheck<Drain>("drain", tags: [ReadyTag])
            .AddCheck<WorkerHealth>("workers", tags: [ReadyTag])
            .AddCheck<DiskHealth>("disk", tags: [ReadyTag])
            .AddCheck<MemoryHealth>("memory", tags: [ReadyTag])
            .AddCheck<ClockHealth>("clock", tags: [ReadyTag]);
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
        Describe(routes.MapGet(LivePath, () => Answer(HealthBody.Healthy)), "Whether the process answers");
        Describe(routes.MapGet(ReadyPath, async (ReadinessReport readiness, CancellationToken cancellationToken) => Answer(await readiness.GetAsync(cancellationToken))), "Whether the service can do its work");
        Describe(routes.MapGet(StartupPath, async (Startup startup, CancellationToken cancellationToken) => Answer(await startup.GetAsync(cancellationToken))), "Whether it was ready once");

        static void Describe(RouteHandlerBuilder route, string summary) => route.WithTags(ApiTags.Operations).WithSummary(summary)
            .Produces<HealthBody>().Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The check <c>disk</c> looks at this directory's disk too: the service writes to it.</summary>
    public static void AddWrittenDirectory<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(this IHostApplicationBuilder builder, Func<TOptions, string?> directory)
        where TOptions : class => builder.Services.AddOptions<HealthOptions>().PostConfigure<IOptions<TOptions>>((health, options) =>
    {
        if (directory(options.Value) is { Length: > 0 } path)
        {
            health.Directories.Add(path);
        }
    });

    private static JsonHttpResult<HealthBody> Answer(HealthBody body) => TypedResults.Json(
        body, HealthJson.Default.HealthBody, statusCode: body.Status == nameof(HealthStatus.Unhealthy) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
