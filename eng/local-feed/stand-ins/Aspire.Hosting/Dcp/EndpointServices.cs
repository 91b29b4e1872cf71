using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dcp;

/// <summary>Gives every endpoint of what is run a stable address: a DCP Service, with a proxy unless the endpoint refuses one.</summary>
internal sealed class EndpointServices(
    DistributedApplicationModel model, DcpHost host, InstanceNames names, IOptions<DcpOptions> options, IConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan addressTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long a port may still be held by a previous run that was killed and is being cleaned up.</summary>
    private static readonly TimeSpan handOverTime = TimeSpan.FromSeconds(8);

    /// <summary>The services of the model, in the order of its resources; complete after <see cref="AllocateAsync"/>.</summary>
    public IReadOnlyList<EndpointService> All { get; private set; } = [];

    /// <summary>Creates the services and sets the allocated endpoint of every annotation.</summary>
    /// <exception cref="DistributedApplicationException">A fixed port is taken, or endpoints contradict themselves; the message names resource and endpoint.</exception>
    public async Task AllocateAsync(CancellationToken cancellationToken)
    {
        All = [.. from resource in model.Resources
                  where InstanceNames.IsRun(resource)
                  from endpoint in resource.Annotations.OfType<EndpointAnnotation>().ToArray()
                  select new EndpointService(resource, endpoint, names.Service(resource, endpoint))];
        foreach (var service in All)
        {
            Check(service);
        }

        await ThrowIfTakenAsync(cancellationToken).ConfigureAwait(false);
        var created = await Task.WhenAll(All.Select(service => CreateAsync(service, cancellationToken))).ConfigureAwait(false);
        await AwaitAddressesAsync([.. created], cancellationToken).ConfigureAwait(false);
    }

    private async Task<EndpointService> CreateAsync(EndpointService service, CancellationToken cancellationToken)
    {
        await host.Client.CreateAsync(
            new DcpObject<ServiceSpec, ServiceStatus>
            {
                Kind = DcpKind.Service,
                Metadata = new DcpMetadata { Name = service.ServiceName, Annotations = new() { [Dcp.ResourceNameAnnotation] = service.Resource.Name } },
                Spec = new ServiceSpec
                {
                    Address = Host(service.Endpoint),
                    Port = FixedPort(service),
                    AddressAllocationMode = IsProxied(service) ? "Localhost" : "Proxyless",
                },
            },
            cancellationToken).ConfigureAwait(false);
        return service;
    }

    private async Task AwaitAddressesAsync(List<EndpointService> waiting, CancellationToken cancellationToken)
    {
        foreach (var service in waiting.Where(service => !IsProxied(service)).ToArray())
        {
            Allocate(service, FixedPort(service)!.Value);
            waiting.Remove(service);
        }

        if (waiting.Count == 0)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(addressTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await foreach (var change in host.Client.WatchAsync<ServiceSpec, ServiceStatus>(DcpKind.Service, either.Token).ConfigureAwait(false))
            {
                if (change.Object.Status is { EffectivePort: > 0 and var port } && waiting.Find(service => service.ServiceName == change.Object.Metadata.Name) is { } service)
                {
                    Allocate(service, port);
                    waiting.Remove(service);
                    if (waiting.Count == 0)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new DistributedApplicationException(
                $"No address after {addressTimeout.TotalSeconds} s for: {string.Join(", ", waiting.Select(Describe))}. Is another process listening there?");
        }
    }

    private static void Allocate(EndpointService service, int port)
    {
        service.Endpoint.AllocatedEndpoint = new AllocatedEndpoint(
            service.Endpoint, Host(service.Endpoint), port, BindingMode(service.Endpoint.TargetHost), $$$"""{{- portForServing "{{{service.ServiceName}}}" -}}""");
        if (service.Resource.IsContainer() && service.Endpoint.TargetPort is { } targetPort)
        {
            service.Endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(
                KnownNetworkIdentifiers.DefaultAspireContainerNetwork,
                new AllocatedEndpoint(
                    service.Endpoint, $"{service.Resource.Name}.dev.internal", targetPort, EndpointBindingMode.SingleAddress,
                    $$$"""{{- portForServing "{{{service.ServiceName}}}" -}}""", KnownNetworkIdentifiers.DefaultAspireContainerNetwork));
        }
    }

    private void Check(EndpointService service)
    {
        var endpoint = service.Endpoint;
        if (service.Resource.IsContainer())
        {
            _ = endpoint.TargetPort ?? throw new DistributedApplicationException($"{Describe(service)} is of a container and must have a TargetPort.");
        }
        else if (!IsProxied(service))
        {
            if (service.Resource.GetReplicaCount() > 1)
            {
                throw new DistributedApplicationException($"{Describe(service)} has no proxy, so the resource cannot have replicas.");
            }

            endpoint.TargetPort ??= endpoint.Port ??= FreePort();
            endpoint.Port ??= endpoint.TargetPort;
            if (endpoint.Port != endpoint.TargetPort)
            {
                throw new DistributedApplicationException($"{Describe(service)} has no proxy, so Port ({endpoint.Port}) and TargetPort ({endpoint.TargetPort}) must be the same.");
            }
        }
        else if (endpoint.TargetPort is { } target && target == endpoint.Port && !options.Value.RandomizePorts)
        {
            throw new DistributedApplicationException($"{Describe(service)} has a proxy, so Port and TargetPort cannot both be {target}: set only one, or isProxied: false.");
        }
        else if (endpoint.TargetPort is not null && service.Resource.GetReplicaCount() > 1)
        {
            throw new DistributedApplicationException($"{Describe(service)} has a TargetPort, so the resource cannot have replicas: each needs an own port.");
        }
    }

    private async Task ThrowIfTakenAsync(CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (PortProblems() is { Count: > 0 } problems)
        {
            if (time.GetElapsedTime(begin) > handOverTime)
            {
                throw new DistributedApplicationException(string.Join(Environment.NewLine, problems));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private List<string> PortProblems()
    {
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        var problems = new List<string>();
        foreach (var group in All.Where(service => FixedPort(service) is not null).GroupBy(service => FixedPort(service)!.Value))
        {
            if (listening.Contains(group.Key))
            {
                problems.Add($"Port {group.Key} of {Describe(group.First())} is in use by another process.{Advice(group.Key)}");
            }
            else if (group.Count() > 1)
            {
                problems.Add($"Port {group.Key} is asked for by {string.Join(" and ", group.Select(Describe))}.{Advice(group.Key)}");
            }
        }

        return problems;
    }

    /// <summary>Which configuration keys hold this port: the likely place to change it.</summary>
    private string Advice(int port)
    {
        var text = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var keys = configuration.AsEnumerable()
            .Where(entry => entry.Value == text || entry.Value?.Split(';').Any(part => part.TrimEnd('/').EndsWith($":{text}", StringComparison.Ordinal)) == true)
            .Select(entry => entry.Key)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal)
            .ToArray();
        return keys.Length == 0
            ? " End that process, or choose another port in the AppHost or in the project's launch profile."
            : $" End that process, or change the configuration key {string.Join(" or ", keys)}.";
    }

    private int? FixedPort(EndpointService service)
    {
        var port = service.Endpoint.Port is > 0 ? service.Endpoint.Port : null;
        return options.Value.RandomizePorts && IsProxied(service) ? null : port;
    }

    private static bool IsProxied(EndpointService service) => service.Endpoint.IsProxied && service.Resource.SupportsProxy();

    private static string Describe(EndpointService service) => $"the endpoint '{service.Endpoint.Name}' of the resource '{service.Resource.Name}'";

    /// <summary>What consumers on this machine connect to: an address that means all interfaces is reached through localhost.</summary>
    private static string Host(EndpointAnnotation endpoint) =>
        IPAddress.TryParse(endpoint.TargetHost, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? endpoint.TargetHost : "localhost";

    private static EndpointBindingMode BindingMode(string targetHost) => targetHost switch
    {
        "0.0.0.0" => EndpointBindingMode.IPv4AnyAddresses,
        "::" or "[::]" => EndpointBindingMode.IPv6AnyAddresses,
        "*" or "+" => EndpointBindingMode.DualStackAnyAddresses,
        _ => EndpointBindingMode.SingleAddress,
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
