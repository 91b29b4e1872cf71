using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dcp;

/// <summary>Names of DCP objects: <c>web-abcdefgh</c> for an instance, <c>web</c> or <c>web-http</c> for a service.</summary>
internal sealed class InstanceNames(IOptions<DcpOptions> options)
{
    private const int SuffixLength = 8;
    private readonly HashSet<string> serviceNames = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gives what the orchestrator runs its instances: one a replica. Does nothing when it has them, or is not run.</summary>
    public void Assign(IResource resource)
    {
        if (resource.TryGetInstances(out _) || !IsRun(resource))
        {
            return;
        }

        var replicas = resource is ProjectResource ? resource.GetReplicaCount() : 1;
        resource.Annotations.Add(new DcpInstancesAnnotation([.. Enumerable.Range(0, replicas).Select(index => New(resource, index))]));
    }

    public static bool IsRun(IResource resource) => resource.IsContainer() || resource is ProjectResource or ExecutableResource;

    public string Service(IResource resource, EndpointAnnotation endpoint)
    {
        var alone = resource.Annotations.OfType<EndpointAnnotation>().Count() == 1;
        var name = WithRunSuffix(alone ? resource.Name : $"{resource.Name}-{endpoint.Name}").ToLowerInvariant();
        var unique = name;
        for (var i = 1; !serviceNames.Add(unique); i++)
        {
            unique = $"{name}-{i}";
        }

        return unique;
    }

    private DcpInstance New(IResource resource, int index)
    {
        var suffix = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz", SuffixLength);
        return new DcpInstance(WithRunSuffix($"{resource.Name}-{suffix}").ToLowerInvariant(), suffix, index);
    }

    private string WithRunSuffix(string name) => options.Value.ResourceNameSuffix is { Length: > 0 } suffix ? $"{name}-{suffix}" : name;
}
