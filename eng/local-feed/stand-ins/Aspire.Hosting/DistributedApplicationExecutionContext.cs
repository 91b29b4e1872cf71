namespace Aspire.Hosting;

/// <summary>What the AppHost was started for.</summary>
public enum DistributedApplicationOperation
{
    Run,
    Publish,
}

/// <summary>Settings of a <see cref="DistributedApplicationExecutionContext"/>.</summary>
public class DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation)
{
    public DistributedApplicationExecutionContextOptions(DistributedApplicationOperation operation, string publisherName)
        : this(operation) => PublisherName = publisherName;

    public DistributedApplicationOperation Operation { get; } = operation;

    public string? PublisherName { get; }

    public IServiceProvider? Services { get; set; }
}

/// <summary>Tells whether the application is run or published.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation, string publisherName)
{
    private readonly DistributedApplicationExecutionContextOptions? options;

    public DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
        : this(operation, "manifest")
    {
    }

    public DistributedApplicationExecutionContext(DistributedApplicationExecutionContextOptions options)
        : this(options.Operation, options.PublisherName ?? "manifest") => this.options = options;

    public string PublisherName { get; set; } = publisherName;

    public DistributedApplicationOperation Operation { get; } = operation;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    /// <exception cref="InvalidOperationException">The application is not built yet.</exception>
    public IServiceProvider Services => options switch
    {
        null => throw new InvalidOperationException("IServiceProvider is not available because execution context was not constructed with DistributedApplicationExecutionContextOptions."),
        { Services: null } => throw new InvalidOperationException("IServiceProvider is not available because the container has not yet been built."),
        { Services: { } services } => services,
    };

    /// <summary>As <see cref="Services"/>, but null before the application is built.</summary>
    internal IServiceProvider? BuiltServices => options?.Services;

    [Obsolete("Use Services instead.")]
    public IServiceProvider ServiceProvider => Services;
}
