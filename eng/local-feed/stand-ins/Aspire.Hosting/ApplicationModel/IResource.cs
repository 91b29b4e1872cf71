namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the distributed application: a name and what is known about it (its annotations).</summary>
public interface IResource
{
    string Name { get; }

    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>Takes command line arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>Exposes endpoints.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>Takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>Can wait for other resources before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>Runs somewhere when the application is published.</summary>
public interface IComputeResource : IResource;

/// <summary>Is neither started nor stopped.</summary>
public interface IResourceWithoutLifetime : IResource;

/// <summary>Belongs to another resource, untyped.</summary>
public interface IResourceWithParent : IResource
{
    IResource Parent { get; }
}

/// <summary>Belongs to another resource.</summary>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}
