namespace MlAspire.FeatureStore.Registry;

/// <summary>What features are about: an airport, a route, or (no join keys) the whole network.</summary>
/// <param name="JoinKeys">Names of the values that identify one entity, in key order; empty = exactly one entity exists.</param>
internal sealed record Entity(string Name, IReadOnlyList<string> JoinKeys);
