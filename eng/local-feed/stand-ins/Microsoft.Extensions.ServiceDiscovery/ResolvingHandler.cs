using System.Net;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Sends each request to the next endpoint of the service that its URL names; the request keeps its own URL for the caller.</summary>
internal sealed class ResolvingHandler(ServiceEndpointResolver resolver, IOptions<ServiceDiscoveryOptions> options) : DelegatingHandler
{
    private uint next;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { } original)
        {
            throw new InvalidOperationException("Cannot resolve an endpoint for a request which has no RequestUri");
        }

        var endpoints = (await resolver.GetEndpointsAsync(original.GetLeftPart(UriPartial.Authority), cancellationToken).ConfigureAwait(false)).Endpoints;
        request.RequestUri = Rewrite(original, endpoints[(int)(Interlocked.Increment(ref next) % endpoints.Count)].EndPoint);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            request.RequestUri = original;
        }
    }

    private Uri Rewrite(Uri uri, EndPoint endPoint)
    {
        var result = new UriBuilder(uri);
        switch (endPoint)
        {
            case UriEndPoint { Uri: var target }:
                result.Scheme = target.Scheme;
                result.Host = target.Host;
                result.Port = target.Port > 0 ? target.Port : result.Port;
                result.Path = target.AbsolutePath.Length > 1 ? $"{target.AbsolutePath.TrimEnd('/')}/{uri.AbsolutePath.TrimStart('/')}" : result.Path;
                return result.Uri;
            case IPEndPoint address:
                (result.Host, result.Port) = (address.Address.ToString(), address.Port > 0 ? address.Port : result.Port);
                break;
            case DnsEndPoint name:
                (result.Host, result.Port) = (name.Host, name.Port > 0 ? name.Port : result.Port);
                break;
            default:
                throw new InvalidOperationException($"Endpoints of type {endPoint.GetType()} are not supported");
        }

        result.Scheme = FirstScheme(uri.Scheme);
        return result.Uri;
    }

    private string FirstScheme(string schemes)
    {
        if (!schemes.Contains('+', StringComparison.Ordinal))
        {
            return schemes;
        }

        var first = schemes.Split('+')[0];
        return options.Value.AllowAllSchemes || options.Value.AllowedSchemes.Contains(first, StringComparer.OrdinalIgnoreCase)
            ? first
            : throw new InvalidOperationException($"The scheme '{first}' is not allowed.");
    }
}
