using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>The endpoints of a service as they were when asked, and the token that says when to ask again.</summary>
public sealed class ServiceEndpointSource(List<ServiceEndpoint>? endpoints, IChangeToken changeToken, IFeatureCollection features)
{
    public IReadOnlyList<ServiceEndpoint> Endpoints { get; } = endpoints is null ? [] : endpoints;

    public IChangeToken ChangeToken { get; } = changeToken ?? throw new ArgumentNullException(nameof(changeToken));

    public IFeatureCollection Features { get; } = features ?? throw new ArgumentNullException(nameof(features));

    public override string ToString() => $"[{string.Join(", ", Endpoints)}]";
}
