using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>The DCP Container of a container resource's instance.</summary>
internal static class ContainerObject
{
    public static DcpObject<ContainerSpec, ContainerStatus> Of(Workload workload, WorkloadConfiguration configuration)
    {
        var resource = workload.Resource;
        if (resource.Annotations.OfType<DockerfileBuildAnnotation>().Any())
        {
            throw new NotSupportedException($"The container '{resource.Name}' is built from a Dockerfile: that needs the genuine package Aspire.Hosting, not this stand-in.");
        }

        if (!resource.TryGetContainerImageName(out var image))
        {
            throw new DistributedApplicationException($"The container resource '{resource.Name}' has no image.");
        }

        return new DcpObject<ContainerSpec, ContainerStatus>
        {
            Kind = DcpKind.Container,
            Metadata = new DcpMetadata { Name = workload.Name, Annotations = ExecutableObject.Annotations(workload) },
            Spec = new ContainerSpec
            {
                Image = image,
                ContainerName = workload.Name,
                Command = (resource as ContainerResource)?.Entrypoint,
                Args = [.. configuration.Arguments.Select(argument => argument.Value!)],
                Env = [.. configuration.Environment],
                Ports = [.. workload.Services.Select(Port)],
                VolumeMounts = [.. resource.Annotations.OfType<ContainerMountAnnotation>().Select(Mount)],
            },
        };
    }

    /// <summary>Behind a proxy the host's port is DCP's choice; without one it is the endpoint's.</summary>
    private static ContainerPortSpec Port(EndpointService service) => new(
        service.Endpoint.TargetPort!.Value,
        service.Endpoint.IsProxied && service.Resource.SupportsProxy() ? null : service.Endpoint.Port,
        "127.0.0.1");

    private static VolumeMount Mount(ContainerMountAnnotation mount) =>
        new(mount.Type == ContainerMountType.BindMount ? "bind" : "volume", mount.Source, mount.Target, mount.IsReadOnly);
}

internal sealed class ContainerSpec
{
    public required string Image { get; init; }

    public string? ContainerName { get; init; }

    public string? Command { get; init; }

    public List<string>? Args { get; init; }

    public List<EnvVar>? Env { get; init; }

    public List<ContainerPortSpec>? Ports { get; init; }

    public List<VolumeMount>? VolumeMounts { get; init; }

    public bool? Stop { get; init; }
}

internal sealed record ContainerPortSpec(int ContainerPort, int? HostPort, string? HostIP);

internal sealed record VolumeMount(string Type, string? Source, string Target, bool ReadOnly);

internal sealed class ContainerStatus : WorkloadStatus
{
    public string? ContainerId { get; init; }

    public string? Message { get; init; }
}
