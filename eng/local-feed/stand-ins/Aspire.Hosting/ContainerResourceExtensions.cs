using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Tells containers from other resources.</summary>
public static class ContainerResourceExtensions
{
    public static IEnumerable<IResource> GetContainerResources(this DistributedApplicationModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Resources.Where(resource => resource.IsContainer());
    }

    /// <summary>Becomes a container: by its type, or by an image that it was given.</summary>
    public static bool IsContainer(this IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource is ContainerResource || resource.HasAnnotationOfType<ContainerImageAnnotation>();
    }
}
