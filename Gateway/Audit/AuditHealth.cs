using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MlAspire.Gateway.Audit;

/// <summary>Not ready while the audit log cannot be written; degraded when predictions are answered without it.</summary>
internal sealed class AuditHealth(AuditLog log, IOptions<AuditOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(log.Failure is not { } reason ? HealthCheckResult.Healthy($"{log.Count} records")
            : options.Value.Mode == AuditMode.BestEffort ? HealthCheckResult.Degraded($"predictions are answered without a record: {reason}")
            : HealthCheckResult.Unhealthy(reason));
}
