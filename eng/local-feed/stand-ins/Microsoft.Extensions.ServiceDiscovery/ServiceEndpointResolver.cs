using System.Collections.Concurrent;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Resolves service names to their endpoints; an answer is kept until the configuration changes.</summary>
public sealed class ServiceEndpointResolver : IAsyncDisposable
{
    private readonly ConfiguredEndpoints configured;

    // One entry per service name that the program itself uses: bounded by its code.
    private readonly ConcurrentDictionary<string, ServiceEndpointSource> known = new();

    internal ServiceEndpointResolver(ConfiguredEndpoints configured) => this.configured = configured;

    public ValueTask<ServiceEndpointSource> GetEndpointsAsync(string serviceName, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(serviceName);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Current(serviceName));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal ServiceEndpointSource Current(string serviceName)
    {
        if (known.TryGetValue(serviceName, out var source) && !source.ChangeToken.HasChanged)
        {
            return source;
        }

        return known[serviceName] = configured.Resolve(serviceName);
    }
}
