using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.Gateway.Audit;

/// <summary>Not ready while the audit log cannot be written.</summary>
internal sealed class AuditHealth(AuditLog log) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(log.Failure is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy($"{log.Count} records"));
}
