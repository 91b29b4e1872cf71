using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.ServiceDefaults.Health;

/// <summary>Whether the service has been ready once: what a probe waits for before it asks about life.</summary>
internal sealed class Startup(ReadinessReport readiness)
{
    private volatile bool isOver;

    /// <summary>The ready checks with their reasons until they pass for the first time; nothing is wrong from then on.</summary>
    public async Task<HealthBody> GetAsync(CancellationToken cancellationToken)
    {
        if (!isOver)
        {
            var body = await readiness.GetAsync(cancellationToken);
            if (body.Status == nameof(HealthStatus.Unhealthy))
            {
                return body;
            }

            isOver = true;
        }

        return HealthBody.Healthy;
    }
}
