using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Subjects;

namespace MlAspire.Gateway.Audit;

/// <summary>Not ready while the audit log, or the keys of its subjects, cannot be written; degraded when predictions are answered without it, or their records are under no checkpoint on disk.</summary>
internal sealed class AuditHealth(AuditLog log, SubjectKeys keys, CheckpointWriter checkpoints, AuditCommit commit, IOptions<AuditOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(options.Value.Mode == AuditMode.BestEffort
            ? (log.Failure ?? keys.Failure ?? keys.Stall ?? commit.Late) is { } lost ? HealthCheckResult.Degraded($"predictions are answered without a record: {lost}") : Covered()
            : (log.Failure ?? keys.Failure ?? keys.Stall) is { } reason ? HealthCheckResult.Unhealthy(reason) : Covered());

    private HealthCheckResult Covered() => checkpoints.Overdue is { } overdue ? HealthCheckResult.Degraded(overdue) : HealthCheckResult.Healthy($"{log.Count} records");
}
