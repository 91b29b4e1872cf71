namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Where the endpoints of services stand in the configuration.</summary>
public sealed class ConfigurationServiceEndpointProviderOptions
{
    public string SectionName { get; set; } = "Services";
}
