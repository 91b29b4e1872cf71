namespace MlAspire.AppHost;

/// <summary>Automatic canaries: Monitoring judges them, the Gateway carries it out.</summary>
internal static class Rollouts
{
    /// <summary>Gives <paramref name="monitoring"/> a key of <paramref name="gateway"/>; in the audit log its name says whose verdict it was.</summary>
    public static void WithRolloutsAt(this IResourceBuilder<ProjectResource> monitoring, IResourceBuilder<ProjectResource> gateway)
    {
        var key = monitoring.ApplicationBuilder.AddKey("monitoring-key");
        gateway.WithEnvironment("Access__Keys__monitoring__Secret", key).WithEnvironment("Access__Keys__monitoring__Scopes", "audit.read,rollout");
        monitoring.WithEnvironment("Rollouts__GatewayKey", key);
    }
}
