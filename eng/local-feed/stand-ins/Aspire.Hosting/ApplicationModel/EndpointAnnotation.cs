using System.Diagnostics;
using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint that a resource declares. <see cref="Port"/> is what consumers use, <see cref="TargetPort"/> what the process listens on.</summary>
[DebuggerDisplay("Endpoint {Name}: {UriScheme} {Port} -> {TargetPort}")]
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private string? transport;
    private bool? tlsEnabled;
    private int? port;
    private int? targetPort;
    private bool portCleared;
    private bool targetPortCleared;
    private bool? explicitlyProxied;

    public EndpointAnnotation(
        ProtocolType protocol, string? uriScheme = null, string? transport = null, [EndpointName] string? name = null,
        int? port = null, int? targetPort = null, bool? isExternal = null, bool? isProxied = null)
        : this(protocol, null, uriScheme, transport, name, port, targetPort, isExternal, isProxied)
    {
    }

    public EndpointAnnotation(
        ProtocolType protocol, NetworkIdentifier? networkId, string? uriScheme = null, string? transport = null, [EndpointName] string? name = null,
        int? port = null, int? targetPort = null, bool? isExternal = null, bool? isProxied = null)
    {
        UriScheme = uriScheme ?? protocol.ToString().ToLowerInvariant();
        Name = name ?? UriScheme;
        ModelName.ValidateName(nameof(EndpointAnnotation), Name);
        Protocol = protocol;
        this.transport = transport;
        this.port = port;
        this.targetPort = targetPort;
        IsExternal = isExternal ?? false;
        explicitlyProxied = isProxied;
        DefaultNetworkID = networkId ?? KnownNetworkIdentifiers.LocalhostNetwork;
    }

    public string Name { get; set; }

    public ProtocolType Protocol { get; set; }

    /// <summary>The port of consumers; without a proxy it is the target port unless it was set.</summary>
    public int? Port
    {
        get => port ?? (IsProxied || portCleared ? null : targetPort);
        set
        {
            port = value;
            portCleared = value is null;
        }
    }

    /// <summary>The port of the process; without a proxy it is <see cref="Port"/> unless it was set.</summary>
    public int? TargetPort
    {
        get => targetPort ?? (IsProxied || targetPortCleared ? null : port);
        set
        {
            targetPort = value;
            targetPortCleared = value is null;
        }
    }

    public string UriScheme { get; set; }

    public string TargetHost { get; set; } = KnownHostNames.Localhost;

    /// <summary><c>http</c>, <c>http2</c> or <c>tcp</c>; follows the scheme unless it was set.</summary>
    public string Transport
    {
        get => transport ?? (IsScheme("http") || IsScheme("https") ? "http" : Protocol.ToString().ToLowerInvariant());
        set => transport = value;
    }

    public bool IsExternal { get; set; }

    public bool IsProxied
    {
        get => explicitlyProxied ?? true;
        set => explicitlyProxied = value;
    }

    public bool? IsExplicitlyProxied
    {
        get => explicitlyProxied;
        set => explicitlyProxied = value;
    }

    /// <summary>Left out when a whole resource is referenced.</summary>
    public bool ExcludeReferenceEndpoint { get; set; }

    public bool TlsEnabled
    {
        get => tlsEnabled ?? IsScheme("https");
        set => tlsEnabled = value;
    }

    public NetworkIdentifier DefaultNetworkID { get; }

    /// <summary>Address and port as <see cref="DefaultNetworkID"/> sees them; null until allocated.</summary>
    public AllocatedEndpoint? AllocatedEndpoint
    {
        get => AllAllocatedEndpoints.TryGetAllocatedEndpoint(DefaultNetworkID, out var endpoint) ? endpoint : null;
        set
        {
            if (value is null)
            {
                AllAllocatedEndpoints.SnapshotOf(DefaultNetworkID).SetException(new InvalidOperationException($"The endpoint `{Name}` is not allocated"));
                return;
            }

            if (value.NetworkID != DefaultNetworkID)
            {
                throw new InvalidOperationException(
                    $"The default AllocatedEndpoint's network ID must match the EndpointAnnotation network ID ('{DefaultNetworkID}'). The attempted AllocatedEndpoint belongs to '{value.NetworkID}'.");
            }

            AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(DefaultNetworkID, value);
        }
    }

    public NetworkEndpointSnapshotList AllAllocatedEndpoints { get; } = new();

    internal bool FromLaunchProfile { get; set; }

    /// <summary>The variable that carries the target port (<c>env:</c>); such an endpoint is not part of ASPNETCORE_URLS.</summary>
    internal string? TargetPortEnvironmentVariable { get; set; }

    private bool IsScheme(string scheme) => string.Equals(UriScheme, scheme, StringComparison.OrdinalIgnoreCase);
}
