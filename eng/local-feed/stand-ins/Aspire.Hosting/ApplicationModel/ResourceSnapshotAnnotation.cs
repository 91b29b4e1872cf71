using System.Collections.Immutable;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What the dashboard shows of a resource before anything has happened to it.</summary>
public class ResourceSnapshotAnnotation(CustomResourceSnapshot initialSnapshot) : IResourceAnnotation
{
    public CustomResourceSnapshot InitialSnapshot { get; } = initialSnapshot ?? throw new ArgumentNullException(nameof(initialSnapshot));
}

/// <summary>The names under which the orchestrator runs a resource: one a replica.</summary>
internal sealed class DcpInstancesAnnotation(ImmutableArray<DcpInstance> instances) : IResourceAnnotation
{
    public ImmutableArray<DcpInstance> Instances => instances;
}

/// <summary>One replica: <c>web-abcdefgh</c> = the resource's name and a random suffix.</summary>
internal sealed record DcpInstance(string Name, string Suffix, int Index);
