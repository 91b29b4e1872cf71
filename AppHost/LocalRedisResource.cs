namespace MlAspire.AppHost;

/// <summary>A Redis (or Valkey) server installed on this machine, run as a process with its append-only file in <paramref name="data"/>.</summary>
internal sealed class LocalRedisResource(string name, string server, string data) : ExecutableResource(name, server, data), IResourceWithConnectionString
{
    public const string EndpointName = "tcp";

    public EndpointReference Endpoint => new(this, EndpointName);

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.Host)}:{Endpoint.Property(EndpointProperty.Port)}");
}
