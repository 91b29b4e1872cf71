using System.Collections.Frozen;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Everything that follows from one registry file. Immutable, swapped whole: a request, or a push, keeps to the one that it began with.</summary>
/// <param name="Sha256">Of the file, 64 hexadecimal digits.</param>
internal sealed record RegistrySnapshot(FeatureRegistry Registry, string Sha256, DateTimeOffset LoadedAt)
{
    private readonly FrozenDictionary<string, ServiceAggregation> services = Registry.Services
        .Select(service => service.Name).Distinct(StringComparer.Ordinal)
        .ToFrozenDictionary(name => name, name => new ServiceAggregation(Registry, Registry.Service(name)!), StringComparer.Ordinal);

    /// <summary>Where its views are in Redis.</summary>
    public RedisKeys Keys => Targets.Keys;

    /// <summary>What can be written to.</summary>
    public PushTargets Targets { get; } = new(Registry);

    /// <summary>The newest version of the service of that name, or null.</summary>
    public ServiceAggregation? Service(string name) => services.GetValueOrDefault(name);
}
