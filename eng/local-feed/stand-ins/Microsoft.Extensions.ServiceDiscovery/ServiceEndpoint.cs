using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>One endpoint of a service.</summary>
public abstract class ServiceEndpoint
{
    public abstract EndPoint EndPoint { get; }

    public abstract IFeatureCollection Features { get; }

    public static ServiceEndpoint Create(EndPoint endPoint, IFeatureCollection? features = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new Known(endPoint, features ?? new FeatureCollection());
    }

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>10.0.0.1:80</c> or a URI.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out ServiceEndpoint? serviceEndpoint)
    {
        serviceEndpoint = null;
        if (string.IsNullOrWhiteSpace(value))
        {
            return false;
        }

        if (!value.Contains("://", StringComparison.Ordinal))
        {
            serviceEndpoint = Uri.TryCreate($"fakescheme://{value}", default, out var bare) ? Create(FromHost(bare.Host, bare.Port)) : null;
        }
        else if (Uri.TryCreate(value, default, out var uri))
        {
            serviceEndpoint = Create(new UriEndPoint(uri));
        }

        return serviceEndpoint is not null;
    }

    /// <summary>An address when the host is one, else a name to look up; port 0 = the default port of the scheme.</summary>
    internal static EndPoint FromHost(string host, int port) =>
        IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, Math.Max(port, 0)) : new DnsEndPoint(host, Math.Max(port, 0));

    private sealed class Known(EndPoint endPoint, IFeatureCollection features) : ServiceEndpoint
    {
        public override EndPoint EndPoint => endPoint;

        public override IFeatureCollection Features => features;

        public override string? ToString() => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString();
    }
}
