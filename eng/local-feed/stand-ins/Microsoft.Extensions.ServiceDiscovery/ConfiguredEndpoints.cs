using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>
/// Reads <c>services:{service}:{endpoint}:{n}</c>. Without an endpoint name in the URL the first of <c>default</c> and the URL's schemes that exists is taken.
/// A service that the configuration does not know passes through as it is, to be looked up in DNS.
/// </summary>
internal sealed class ConfiguredEndpoints(
    IConfiguration configuration, IOptions<ServiceDiscoveryOptions> discovery, IOptions<ConfigurationServiceEndpointProviderOptions> options)
{
    /// <exception cref="InvalidOperationException">The text is not a service name or URL.</exception>
    /// <exception cref="KeyNotFoundException">The configuration of the service is not a list of endpoints.</exception>
    public ServiceEndpointSource Resolve(string service)
    {
        if (!ServiceEndpointQuery.TryParse(service, out var query))
        {
            throw new InvalidOperationException($"No provider which supports the provided service name, '{service}', has been configured.");
        }

        var changed = configuration.GetReloadToken();
        var endpoints = Configured(query);
        if (endpoints.Count == 0)
        {
            endpoints.Add(ServiceEndpoint.Create(ServiceEndpoint.FromHost(query.ServiceName, query.Port)));
        }

        return new ServiceEndpointSource(endpoints, changed, new FeatureCollection());
    }

    private List<ServiceEndpoint> Configured(ServiceEndpointQuery query)
    {
        var schemes = discovery.Value.ApplyAllowedSchemes(query.IncludedSchemes);
        var service = configuration.GetSection(options.Value.SectionName).GetSection(query.ServiceName);
        IEnumerable<string> candidates = string.IsNullOrWhiteSpace(query.EndpointName) ? ["default", .. schemes] : [query.EndpointName];
        if (candidates.Select(service.GetSection).FirstOrDefault(candidate => candidate.Exists()) is not { } section)
        {
            return [];
        }

        var all = string.IsNullOrWhiteSpace(section.Value)
            ? section.GetChildren().Select(child => Parse(child, query, numbered: true)).ToList()
            : [Parse(section, query, numbered: false)];
        return discovery.Value.AllowAllSchemes && query.IncludedSchemes.Count == 0 ? all : OfBestScheme(all, schemes);
    }

    private static ServiceEndpoint Parse(IConfigurationSection section, ServiceEndpointQuery query, bool numbered)
    {
        var where = $"The endpoint configuration section for service '{query.ServiceName}' endpoint '{query.EndpointName ?? section.Path}'";
        if (numbered && !int.TryParse(section.Key, out _))
        {
            throw new KeyNotFoundException($"{where} has non-numeric keys.");
        }

        return ServiceEndpoint.TryParse(section.Value, out var endpoint)
            ? endpoint
            : throw new KeyNotFoundException($"{where} has an invalid value with key '{section.Key}'.");
    }

    /// <summary>The endpoints of the most preferred scheme that any has; endpoints without a scheme always stay.</summary>
    private static List<ServiceEndpoint> OfBestScheme(List<ServiceEndpoint> all, IReadOnlyList<string> schemes)
    {
        int Rank(ServiceEndpoint endpoint) => endpoint.EndPoint is UriEndPoint { Uri.Scheme: var scheme } ? schemes.ToList().IndexOf(scheme) : 0;
        var best = all.Where(endpoint => endpoint.EndPoint is UriEndPoint).Select(Rank).Where(rank => rank >= 0).DefaultIfEmpty(0).Min();
        return [.. all.Where(endpoint => endpoint.EndPoint is not UriEndPoint || Rank(endpoint) == best)];
    }
}
