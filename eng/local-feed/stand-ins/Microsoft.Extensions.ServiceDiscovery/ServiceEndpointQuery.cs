using System.Diagnostics.CodeAnalysis;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>What a service URL asks for: <c>https+http://_grpc.inference</c> = service <c>inference</c>, endpoint <c>grpc</c>, https before http.</summary>
public sealed class ServiceEndpointQuery
{
    private readonly string original;

    private ServiceEndpointQuery(string original, Uri uri, bool hasScheme)
    {
        this.original = original;
        var host = uri.Host;
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        var named = host.StartsWith('_') && dot > 1 && host[^1] != '.';
        EndpointName = named ? host[1..dot] : null;
        ServiceName = named ? host[(dot + 1)..] : host;
        IncludedSchemes = hasScheme ? uri.Scheme.Split('+') : [];
        Port = Math.Max(uri.Port, 0);
    }

    public IReadOnlyList<string> IncludedSchemes { get; }

    /// <summary>Null when the URL names no endpoint.</summary>
    public string? EndpointName { get; }

    public string ServiceName { get; }

    /// <summary>0 when the URL has none.</summary>
    internal int Port { get; }

    public static bool TryParse(string input, [NotNullWhen(true)] out ServiceEndpointQuery? query)
    {
        ArgumentException.ThrowIfNullOrEmpty(input);
        var hasScheme = input.Contains("://", StringComparison.Ordinal);
        query = Uri.TryCreate(hasScheme ? input : $"fakescheme://{input}", default, out var uri) && uri.IsAbsoluteUri && uri.Host.Length > 0
            ? new ServiceEndpointQuery(input, uri, hasScheme)
            : null;
        return query is not null;
    }

    public override string? ToString() => original;
}
