using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Environment and command line of a resource, resolved; the same for all its instances (what differs is a template that DCP fills in).</summary>
internal sealed record WorkloadConfiguration(IReadOnlyList<EnvVar> Environment, IReadOnlyList<ResolvedValue> Arguments)
{
    /// <summary>Runs the resource's callbacks and resolves what they gave; waits for values that are not known yet.</summary>
    /// <exception cref="DistributedApplicationException">A value cannot be resolved; the message names the variable or argument.</exception>
    public static async Task<WorkloadConfiguration> OfAsync(
        IResource resource, DistributedApplicationExecutionContext context, ILogger logger, CancellationToken cancellationToken)
    {
        var environment = new List<EnvVar>();
        foreach (var (name, value) in await resource.GatherEnvironmentAsync(context, logger, cancellationToken).ConfigureAwait(false))
        {
            var resolved = await ResolveAsync(resource, context, value, $"the environment variable '{name}'", cancellationToken).ConfigureAwait(false);
            if (resolved.Value is { } text)
            {
                environment.Add(new EnvVar(name, text));
            }
        }

        var arguments = new List<ResolvedValue>();
        foreach (var value in await resource.GatherArgumentsAsync(context, logger, cancellationToken).ConfigureAwait(false))
        {
            var resolved = await ResolveAsync(resource, context, value, $"the argument {arguments.Count + 1}", cancellationToken).ConfigureAwait(false);
            if (resolved.Value is not null)
            {
                arguments.Add(resolved);
            }
        }

        return new WorkloadConfiguration(environment, arguments);
    }

    private static async Task<ResolvedValue> ResolveAsync(
        IResource resource, DistributedApplicationExecutionContext context, object value, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await resource.ResolveAsync(context, value, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new DistributedApplicationException($"The resource '{resource.Name}' cannot start: {what} could not be resolved. {error.Message}", error);
        }
    }
}
