using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>The verdict of the ready checks, made at most once a second however many ask, and never later than <see cref="Limit"/>.</summary>
internal sealed class ReadinessReport(HealthCheckService checks, TimeProvider time)
{
    /// <summary>How long a verdict is given again.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    /// <summary>For all checks together, also for one that ignores its own time-out.</summary>
    public static readonly TimeSpan Limit = HealthEndpoints.CheckTimeout + TimeSpan.FromSeconds(1);

    private readonly Lock gate = new(); // guards running and startedAt
    private Task<HealthBody>? running;
    private long startedAt;
    private volatile bool hasPassed;

    /// <summary>Whether a verdict was not Unhealthy.</summary>
    public bool HasPassed => hasPassed;

    public Task<HealthBody> GetAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (running is null || (running.IsCompleted && time.GetElapsedTime(startedAt) >= MaxAge))
            {
                startedAt = time.GetTimestamp();
                running = Task.Run(RunAsync, CancellationToken.None);
            }

            return running.WaitAsync(cancellationToken);
        }
    }

    private async Task<HealthBody> RunAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            var report = await checks.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.ReadyTag), limit.Token).WaitAsync(limit.Token);
            hasPassed |= report.Status != HealthStatus.Unhealthy;
            return new HealthBody(
                report.Status.ToString(),
                report.Entries.ToDictionary(entry => entry.Key, entry => new HealthCheckBody(entry.Value.Status.ToString(), entry.Value.Description)));
        }
        catch (OperationCanceledException)
        {
            var reason = new HealthCheckBody(nameof(HealthStatus.Unhealthy), $"The checks did not finish within {Limit.TotalSeconds:0} s.");
            return new HealthBody(nameof(HealthStatus.Unhealthy), new Dictionary<string, HealthCheckBody> { ["timeout"] = reason });
        }
    }
}
