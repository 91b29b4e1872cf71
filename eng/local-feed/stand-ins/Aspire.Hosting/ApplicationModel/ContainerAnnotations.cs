namespace Aspire.Hosting.ApplicationModel;

/// <summary>The image of a container. Tag and digest exclude each other.</summary>
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    private string? tag;
    private string? sha256;

    public string? Registry { get; set; }

    public required string Image { get; set; }

    public string? Tag
    {
        get => tag;
        set => (tag, sha256) = (value, null);
    }

    public string? SHA256
    {
        get => sha256;
        set => (tag, sha256) = (null, value);
    }
}

/// <summary>Where a mount comes from.</summary>
public enum ContainerMountType
{
    BindMount,
    Volume,
}

/// <summary>A folder of the host, or a volume, inside a container.</summary>
public sealed class ContainerMountAnnotation : IResourceAnnotation
{
    /// <exception cref="ArgumentException">A bind mount without a rooted source, or a read-only volume without a name.</exception>
    public ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly)
    {
        if (type == ContainerMountType.BindMount && (string.IsNullOrEmpty(source) || !Path.IsPathRooted(source)))
        {
            throw new ArgumentException("Bind mounts must specify a rooted source path.", nameof(source));
        }

        if (type == ContainerMountType.Volume && string.IsNullOrEmpty(source) && isReadOnly)
        {
            throw new ArgumentException("Anonymous volumes cannot be read-only.", nameof(isReadOnly));
        }

        Source = source;
        Target = target;
        Type = type;
        IsReadOnly = isReadOnly;
    }

    public string? Source { get; }

    public string Target { get; }

    public ContainerMountType Type { get; }

    public bool IsReadOnly { get; }
}

/// <summary>The container's image is built from a Dockerfile.</summary>
public class DockerfileBuildAnnotation(string contextPath, string dockerfilePath, string? stage) : IResourceAnnotation
{
    public string ContextPath => contextPath;

    public string DockerfilePath => dockerfilePath;

    public string? Stage => stage;

    public Dictionary<string, object?> BuildArguments { get; } = [];

    public bool HasEntrypoint { get; set; } = true;
}

/// <summary>How long a container lives.</summary>
public enum ContainerLifetime
{
    Session,
    Persistent,
}

/// <summary>The lifetime of a container.</summary>
public sealed class ContainerLifetimeAnnotation : IResourceAnnotation
{
    public required ContainerLifetime Lifetime { get; set; }
}
