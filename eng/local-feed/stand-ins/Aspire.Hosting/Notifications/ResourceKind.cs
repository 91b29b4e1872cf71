using System.Collections.Immutable;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a resource is to the dashboard: its type's name, its parent, its relationships.</summary>
internal static class ResourceKind
{
    public static string Of(IResource resource) => resource switch
    {
        ProjectResource => KnownResourceTypes.Project,
        ContainerResource => KnownResourceTypes.Container,
        ExecutableResource => KnownResourceTypes.Executable,
        ParameterResource => KnownResourceTypes.Parameter,
        _ when resource.Annotations.OfType<ContainerImageAnnotation>().Any() => KnownResourceTypes.Container,
        _ => resource.GetType().Name is var name && name.EndsWith("Resource", StringComparison.Ordinal) ? name[..^"Resource".Length] : resource.GetType().Name,
    };

    public static IResource? ParentOf(IResource resource) =>
        resource is IResourceWithParent child
            ? child.Parent
            : resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(relation => relation.Type == Parent)?.Resource;

    public static ImmutableArray<RelationshipSnapshot> Relationships(IResource resource)
    {
        IEnumerable<RelationshipSnapshot> ofParent = resource is IResourceWithParent child ? [new(child.Parent.Name, Parent)] : [];
        return [.. ofParent, .. resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(relation => new RelationshipSnapshot(relation.Resource.Name, relation.Type))];
    }

    private const string Parent = "Parent";
}
