using System.Globalization;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>The DCP Executable of a project's or program's instance.</summary>
internal static class ExecutableObject
{
    /// <param name="buildConfiguration">The AppHost's own; its projects were built in the same one.</param>
    public static DcpObject<ExecutableSpec, ExecutableStatus> Of(Workload workload, WorkloadConfiguration configuration, string? buildConfiguration)
    {
        var (path, folder, arguments) = workload.Resource is ProjectResource project
            ? ProjectOf(project, buildConfiguration)
            : ProgramOf(workload.Resource);
        return new DcpObject<ExecutableSpec, ExecutableStatus>
        {
            Kind = DcpKind.Executable,
            Metadata = new DcpMetadata { Name = workload.Name, Annotations = Annotations(workload) },
            Spec = new ExecutableSpec
            {
                ExecutablePath = path,
                WorkingDirectory = folder,
                Args = [.. arguments, .. configuration.Arguments.Select(argument => argument.Value!)],
                Env = [.. configuration.Environment],
            },
        };
    }

    /// <summary>What templates in the environment read (<c>{{- index .Annotations "otel-service-name" -}}</c>), and which services the process serves.</summary>
    public static Dictionary<string, string> Annotations(Workload workload)
    {
        var annotations = new Dictionary<string, string>
        {
            [Dcp.ResourceNameAnnotation] = workload.Resource.Name,
            ["otel-service-name"] = workload.Resource.Name,
            ["otel-service-instance-id"] = workload.Instance.Suffix,
            ["resource-replica-index"] = workload.Instance.Index.ToString(CultureInfo.InvariantCulture),
        };
        if (workload.Services.Count > 0)
        {
            var produced = workload.Services.Select(service => new ServiceProducer(service.ServiceName, ListenAddress(service.Endpoint), service.Endpoint.TargetPort));
            annotations[Dcp.ServiceProducerAnnotation] = JsonSerializer.Serialize(produced, Dcp.Json);
        }

        return annotations;
    }

    private static string ListenAddress(EndpointAnnotation endpoint) => System.Net.IPAddress.TryParse(endpoint.TargetHost, out _) ? endpoint.TargetHost : "localhost";

    private static (string Path, string Folder, IReadOnlyList<string> Arguments) ProjectOf(ProjectResource project, string? buildConfiguration)
    {
        var metadata = project.Annotations.OfType<IProjectMetadata>().LastOrDefault()
            ?? throw new DistributedApplicationException($"The project resource '{project.Name}' does not say where its project is.");
        var command = ProjectCommand.For(metadata, buildConfiguration);
        return (command.Path, Path.GetDirectoryName(metadata.ProjectPath)!, command.Arguments);
    }

    private static (string Path, string Folder, IReadOnlyList<string> Arguments) ProgramOf(IResource resource)
    {
        var program = resource.Annotations.OfType<ExecutableAnnotation>().LastOrDefault()
            ?? throw new DistributedApplicationException($"The executable resource '{resource.Name}' does not say what to run.");
        return (program.Command, program.WorkingDirectory, []);
    }
}
