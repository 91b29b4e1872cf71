using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestrator;

/// <summary>The health checks of a resource.</summary>
internal static class ResourceHealth
{
    /// <summary>Keys of the resource's own checks and of its ancestors', each once.</summary>
    public static IReadOnlyList<string> Keys(IResource resource)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key);
        return [.. (resource is IResourceWithParent child ? keys.Concat(Keys(child.Parent)) : keys).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>One report a check, none of which has run.</summary>
    public static ImmutableArray<HealthReportSnapshot> Initial(IResource resource) =>
        [.. Keys(resource).Select(key => new HealthReportSnapshot(key, null, null, null))];
}
