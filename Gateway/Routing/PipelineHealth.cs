using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.Gateway.Routing;

/// <summary>Not ready without a model to predict with; degraded, with the reasons, while a pipeline file cannot be used.</summary>
internal sealed class PipelineHealth(PipelineTable table) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (models, broken, _) = table.Current;
        var reasons = string.Join("; ", broken.Select(entry => $"{entry.Key}: {entry.Value}"));
        return Task.FromResult((models.Count, broken.Count) switch
        {
            (0, 0) => HealthCheckResult.Unhealthy("no model in the repository has a pipeline.json"),
            (0, _) => HealthCheckResult.Unhealthy(reasons),
            (_, 0) => HealthCheckResult.Healthy($"{models.Count} models"),
            _ => HealthCheckResult.Degraded(reasons),
        });
    }
}
