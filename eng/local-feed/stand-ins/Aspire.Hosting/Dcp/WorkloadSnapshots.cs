using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>What DCP reports about a workload, as the snapshot that the dashboard shows.</summary>
internal static class WorkloadSnapshots
{
    /// <summary>What is known of a resource that waits, or is started by hand.</summary>
    public static CustomResourceSnapshot BeforeStart(IResource resource, CustomResourceSnapshot previous)
    {
        var properties = previous.Properties;
        if (resource.TryGetLastAnnotation<IProjectMetadata>(out var project))
        {
            properties = properties.Set(Shown(KnownProperties.ProjectPath, project.ProjectPath));
            properties = properties.Set(Shown(KnownProperties.ProjectLaunchProfile, resource.GetEffectiveLaunchProfile()?.Name));
        }
        else if (resource.TryGetContainerImageName(out var image))
        {
            properties = properties.Set(Shown(KnownProperties.ContainerImage, image));
        }
        else if (resource.TryGetLastAnnotation<ExecutableAnnotation>(out var executable))
        {
            properties = properties.Set(Shown(KnownProperties.ExecutablePath, executable.Command)).Set(Shown(KnownProperties.ExecutableWorkDir, executable.WorkingDirectory));
        }

        return previous with { Properties = properties };
    }

    /// <param name="activeServices">Services behind which this workload listens now.</param>
    public static CustomResourceSnapshot OfExecutable(
        Workload workload, DcpObject<ExecutableSpec, ExecutableStatus> item, IReadOnlySet<string> activeServices, CustomResourceSnapshot previous)
    {
        var arguments = ArgumentsOf(item.Status, item.Spec.Args);
        var properties = previous.Properties
            .Set(Shown(KnownProperties.ExecutablePath, item.Spec.ExecutablePath))
            .Set(Shown(KnownProperties.ExecutableWorkDir, item.Spec.WorkingDirectory))
            .Set(Shown(KnownProperties.ExecutableArgs, arguments) with { IsSensitive = true })
            .Set(Shown(KnownProperties.ExecutablePid, item.Status?.Pid));
        return Common(workload, item.Metadata, item.Status, item.Spec.Env, activeServices, previous) with
        {
            ExitCode = item.Status?.ExitCode,
            Properties = WithAppArguments(workload, properties, arguments),
        };
    }

    public static CustomResourceSnapshot OfContainer(
        Workload workload, DcpObject<ContainerSpec, ContainerStatus> item, IReadOnlySet<string> activeServices, CustomResourceSnapshot previous)
    {
        var arguments = ArgumentsOf(item.Status, item.Spec.Args);
        var id = item.Status?.ContainerId is { Length: > 12 } full ? full[..12] : item.Status?.ContainerId;
        var properties = previous.Properties
            .Set(Shown(KnownProperties.ContainerImage, item.Spec.Image))
            .Set(Shown(KnownProperties.ContainerId, id))
            .Set(Shown(KnownProperties.ContainerCommand, item.Spec.Command))
            .Set(Shown(KnownProperties.ContainerArgs, arguments) with { IsSensitive = true })
            .Set(Shown(KnownProperties.ContainerPorts, item.Spec.Ports?.Select(port => port.ContainerPort).ToArray()));
        return Common(workload, item.Metadata, item.Status, item.Spec.Env, activeServices, previous) with
        {
            ExitCode = item.Status?.ExitCode is null or -1 ? null : item.Status.ExitCode,
            Properties = WithAppArguments(workload, properties, arguments),
            Volumes = [.. (item.Spec.VolumeMounts ?? []).Select(mount => new VolumeSnapshot(mount.Source, mount.Target, mount.Type, mount.ReadOnly))],
        };
    }

    private static CustomResourceSnapshot Common(
        Workload workload, DcpMetadata metadata, WorkloadStatus? status, List<EnvVar>? declared, IReadOnlySet<string> activeServices, CustomResourceSnapshot previous) => previous with
        {
            State = StateOf(status?.State, previous.State),
            CreationTimeStamp = metadata.CreationTimestamp?.UtcDateTime ?? previous.CreationTimeStamp,
            StartTimeStamp = status?.StartupTimestamp?.UtcDateTime,
            StopTimeStamp = status?.FinishTimestamp?.UtcDateTime,
            EnvironmentVariables = EnvironmentOf(status?.EffectiveEnv ?? declared, workload.OwnVariables),
            Urls = UrlsOf(workload, activeServices),
            Relationships = ResourceKind.Relationships(workload.Resource),
        };

    /// <summary>DCP has no state yet for what it has only just been told about: the state shown stays.</summary>
    private static ResourceStateSnapshot? StateOf(string? state, ResourceStateSnapshot? previous) => state switch
    {
        null or "" or "Unknown" or "Pending" => previous,
        "Terminated" => KnownResourceStates.Exited,
        _ when previous?.Text == state => previous,
        _ => state,
    };

    private static ImmutableArray<EnvironmentVariableSnapshot> EnvironmentOf(List<EnvVar>? variables, IReadOnlySet<string> own) =>
        [.. (variables ?? []).OrderBy(variable => variable.Name, StringComparer.Ordinal).Select(variable => new EnvironmentVariableSnapshot(variable.Name, variable.Value, own.Contains(variable.Name)))];

    private static ImmutableArray<UrlSnapshot> UrlsOf(Workload workload, IReadOnlySet<string> activeServices)
    {
        var active = workload.Services.Where(service => activeServices.Contains(service.ServiceName)).Select(service => service.Endpoint.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return ResourceUrls.Snapshots(workload.Resource, name => active.Contains(name));
    }

    private static string[] ArgumentsOf(WorkloadStatus? status, List<string>? declared) => [.. status?.EffectiveArgs ?? declared ?? []];

    /// <summary>The application's own arguments, without those that start it (<c>dotnet X.dll</c>), and which of them are secret.</summary>
    private static ImmutableArray<ResourcePropertySnapshot> WithAppArguments(Workload workload, ImmutableArray<ResourcePropertySnapshot> properties, string[] arguments)
    {
        var own = workload.Arguments;
        var shown = arguments.Length >= own.Count ? arguments[^own.Count..] : arguments;
        var anySecret = own.Any(argument => argument.IsSensitive);
        return properties
            .Set(new ResourcePropertySnapshot(KnownProperties.AppArgs, shown) { IsSensitive = anySecret })
            .Set(new ResourcePropertySnapshot(KnownProperties.AppArgsSensitivity, own.Select(argument => argument.IsSensitive ? 1 : 0).ToArray()) { IsSensitive = anySecret });
    }

    private static ResourcePropertySnapshot Shown(string name, object? value) => new(name, value);
}
