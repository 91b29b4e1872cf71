using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint as one network sees it.</summary>
public record class NetworkEndpointSnapshot(ValueSnapshot<AllocatedEndpoint> Snapshot, NetworkIdentifier NetworkID);

/// <summary>An endpoint as each network sees it, once allocated. Thread-safe.</summary>
public class NetworkEndpointSnapshotList : IEnumerable<NetworkEndpointSnapshot>
{
    private readonly ConcurrentDictionary<NetworkIdentifier, NetworkEndpointSnapshot> byNetwork = new();

    /// <exception cref="ArgumentException">The endpoint belongs to another network.</exception>
    public void AddOrUpdateAllocatedEndpoint(NetworkIdentifier networkId, AllocatedEndpoint endpoint)
    {
        if (endpoint.NetworkID != networkId)
        {
            throw new ArgumentException($"AllocatedEndpoint must use the same network as the {nameof(networkId)} parameter", nameof(endpoint));
        }

        Of(networkId).Snapshot.SetValue(endpoint);
    }

    public Task<AllocatedEndpoint> GetAllocatedEndpointAsync(NetworkIdentifier networkId, CancellationToken cancellationToken = default)
        => Of(networkId).Snapshot.GetValueAsync(cancellationToken);

    public IEnumerator<NetworkEndpointSnapshot> GetEnumerator() => byNetwork.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal ValueSnapshot<AllocatedEndpoint> SnapshotOf(NetworkIdentifier networkId) => Of(networkId).Snapshot;

    internal bool TryGetAllocatedEndpoint(NetworkIdentifier networkId, [NotNullWhen(true)] out AllocatedEndpoint? endpoint)
    {
        var isSet = Of(networkId).Snapshot is { IsValueSet: true };
        endpoint = isSet ? Of(networkId).Snapshot.GetValueAsync().GetAwaiter().GetResult() : null;
        return isSet;
    }

    private NetworkEndpointSnapshot Of(NetworkIdentifier networkId) => byNetwork.GetOrAdd(networkId, id => new NetworkEndpointSnapshot(new(), id));
}
