namespace MlAspire.AppHost;

/// <summary>Monitoring's key of the Gateway: it judges automatic canaries, which the Gateway carries out, and has labels and alerts recorded in the audit log.</summary>
internal static class MonitoringKey
{
    /// <summary>Gives <paramref name="monitoring"/> a key of <paramref name="gateway"/>; in the audit log its name says whose verdict, or report, it was.</summary>
    public static void WithKeyOf(this IResourceBuilder<ProjectResource> monitoring, IResourceBuilder<ProjectResource> gateway)
    {
        var key = monitoring.ApplicationBuilder.AddKey("monitoring-key");
        gateway.WithEnvironment("Access__Keys__monitoring__Secret", key).WithEnvironment("Access__Keys__monitoring__Scopes", "audit.read,audit.write,rollout");
        monitoring.WithEnvironment("Rollouts__GatewayKey", key).WithEnvironment("Reports__GatewayKey", key);
    }
}
