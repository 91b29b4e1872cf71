using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Lets a test stand between an AppHost's own code and its builder. Set for one flow of execution, so that tests run side by side.</summary>
internal abstract class BuilderInterception
{
    private static readonly AsyncLocal<BuilderInterception?> Flow = new();

    public static BuilderInterception? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    /// <summary>Runs the function with the interception in place.</summary>
    public static T Run<T>(BuilderInterception interception, Func<T> function)
    {
        Current = interception;
        try
        {
            return function();
        }
        finally
        {
            Current = null;
        }
    }

    public abstract void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    public abstract void Constructed(DistributedApplicationBuilder builder);

    /// <summary>Called before the application is built; may block.</summary>
    public abstract void Building(DistributedApplicationBuilder builder);

    public abstract void Built(DistributedApplication application);
}
