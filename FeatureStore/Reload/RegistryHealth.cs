using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Degraded while the registry file is not what is served.</summary>
internal sealed class RegistryHealth(ServedRegistry registry) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(registry.Problems switch
    {
        [] => HealthCheckResult.Healthy($"{registry.Current.Registry.Views.Count} feature views"),
        [var first, ..] => HealthCheckResult.Degraded($"the registry file cannot be used, and the one before stays; {registry.Problems.Count} problems (GET /v1/registry/status), the first: {first.Path}: {first.Message}"),
    });
}
