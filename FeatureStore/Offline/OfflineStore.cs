using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The log and what writes it, where <see cref="OfflineOptions.Directory"/> says that one is kept. Not ready while it cannot be written, or is still being applied.</summary>
internal sealed class OfflineStore(IServiceProvider services, IOptions<OfflineOptions> options) : IHostedService, IHealthCheck
{
    private readonly FeatureLog? log = options.Value.Directory.Length > 0 ? services.GetRequiredService<FeatureLog>() : null;

    /// <summary>Null = no log is kept.</summary>
    public LoggedIngest? Ingest { get; } = options.Value.Directory.Length > 0 ? services.GetRequiredService<LoggedIngest>() : null;

    public Task StartAsync(CancellationToken cancellationToken) => Ingest?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Ingest?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        log is null ? HealthCheckResult.Healthy("no log is kept")
        : log.Failure is { } reason ? HealthCheckResult.Unhealthy($"the feature log cannot be written: {reason}")
        : !Ingest!.CaughtUp ? HealthCheckResult.Unhealthy("the feature log is still being applied")
        : HealthCheckResult.Healthy($"{log.NextSequence} rows"));
}
