namespace MlAspire.ServiceDefaults.Health;

/// <summary>Whether the service has been ready once: what a probe waits for before it asks about life.</summary>
internal sealed class Startup(ReadinessReport readiness)
{
    /// <summary>The ready checks with their reasons until they pass for the first time, for whoever asked for them; nothing is wrong from then on.</summary>
    public async Task<HealthBody> GetAsync(CancellationToken cancellationToken)
    {
        var body = readiness.HasPassed ? HealthBody.Healthy : await readiness.GetAsync(cancellationToken);
        return readiness.HasPassed ? HealthBody.Healthy : body;
    }
}
