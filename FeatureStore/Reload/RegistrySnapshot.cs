using System.Collections.Frozen;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Statistics;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Everything that follows from one registry file. Immutable, swapped whole: a request, or a push, keeps to the one that it began with.</summary>
internal sealed class RegistrySnapshot(FeatureRegistry registry, RedisKeys keys, string sha256, TimeProvider time)
{
    private readonly FrozenDictionary<(string, int), ServiceAggregation> services = registry.Services.ToFrozenDictionary(service => (service.Name, service.Version), service => new ServiceAggregation(registry, service));

    public FeatureRegistry Registry => registry;

    /// <summary>Of the file, 64 hexadecimal digits.</summary>
    public string Sha256 => sha256;

    public DateTimeOffset LoadedAt { get; } = time.GetUtcNow();

    /// <summary>What was answered of its features.</summary>
    public ViewStatistics Statistics { get; } = new(registry, time);

    /// <summary>Where its views are in Redis.</summary>
    public RedisKeys Keys => keys;

    /// <summary>What can be written to.</summary>
    public PushTargets Targets { get; } = new(registry, keys);

    /// <summary>The service of that name and version, or null.</summary>
    /// <param name="version">Null = the newest.</param>
    public ServiceAggregation? Service(string name, int? version = null) => registry.Service(name, version) is { } service ? services[(service.Name, service.Version)] : null;
}
