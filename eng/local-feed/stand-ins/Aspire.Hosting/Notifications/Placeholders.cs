using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

// Bare names that the model refers to; replaced by the run side's real types.
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public required System.Collections.Immutable.ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    public ResourceStateSnapshot? State { get; init; }
}

public sealed record ResourcePropertySnapshot(string Name, object? Value);

public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? text) => text is null ? null : new(text, null);
}

public class ResourceEvent;

public class ResourceNotificationService
{
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory) => Task.CompletedTask;
}

public class ResourceCommandService;

public class ResourceLoggerService
{
    public ILogger GetLogger(IResource resource) => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
}

public static class KnownResourceStates
{
    public static readonly string Running = nameof(Running);
    public static readonly string RuntimeUnhealthy = nameof(RuntimeUnhealthy);
    public static readonly string Waiting = nameof(Waiting);
    public static readonly string NotStarted = nameof(NotStarted);
}

public static class KnownResourceTypes
{
    public static readonly string Parameter = nameof(Parameter);
    public static readonly string ConnectionString = nameof(ConnectionString);
}

public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

[Flags]
public enum ResourceCommandVisibility
{
    None = 0,
    UI = 1,
    Api = 2,
}
