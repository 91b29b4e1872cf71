using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes endpoints as bindings and chooses the ports that nobody chose. One object a manifest: chosen ports are not used twice.</summary>
internal sealed class ManifestBindings
{
    private const int FirstChosenPort = 8000;

    private readonly HashSet<int> used = [];

    public void Write(Utf8JsonWriter writer, IResource resource)
    {
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        if (endpoints.Length == 0)
        {
            return;
        }

        writer.WriteStartObject("bindings");
        var defaultSchemes = new HashSet<string>();
        foreach (var endpoint in endpoints)
        {
            var isDefault = resource is ProjectResource && endpoint.UriScheme is "http" or "https" && defaultSchemes.Add(endpoint.UriScheme);
            Write(writer, endpoint, TargetPort(resource, endpoint, isDefault));
        }

        writer.WriteEndObject();
    }

    private void Write(Utf8JsonWriter writer, EndpointAnnotation endpoint, int? targetPort)
    {
        writer.WriteStartObject(endpoint.Name);
        writer.WriteString("scheme", endpoint.UriScheme);
        writer.WriteString("protocol", endpoint.Protocol.ToString().ToLowerInvariant());
        writer.WriteString("transport", endpoint.Transport);
        if (ExposedPort(endpoint, targetPort) is { } port && port != targetPort)
        {
            writer.WriteNumber("port", port);
        }

        if (targetPort is { } target)
        {
            writer.WriteNumber("targetPort", target);
        }

        if (endpoint.IsExternal)
        {
            writer.WriteBoolean("external", true);
        }

        writer.WriteEndObject();
    }

    /// <summary>Null: the first http or https endpoint of a project, whose port the deployment tool chooses.</summary>
    private int? TargetPort(IResource resource, EndpointAnnotation endpoint, bool isDefault)
    {
        var port = endpoint.TargetPort is > 0 and var target ? target
            : resource is ContainerResource && endpoint.Port is > 0 and var exposed ? exposed
            : isDefault ? (int?)null
            : ChoosePort();
        return Use(port);
    }

    private int? ExposedPort(EndpointAnnotation endpoint, int? targetPort)
        => Use(endpoint.Port is > 0 and var port ? port : targetPort ?? (endpoint.UriScheme is "http" or "https" ? null : ChoosePort()));

    private int? Use(int? port)
    {
        if (port is { } value)
        {
            used.Add(value);
        }

        return port;
    }

    private int ChoosePort() => Enumerable.Range(FirstChosenPort, 65536 - FirstChosenPort).First(port => !used.Contains(port));
}
