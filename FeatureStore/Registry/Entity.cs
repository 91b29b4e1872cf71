namespace MlAspire.FeatureStore.Registry;

/// <summary>What features are about: an airport, a route, or (no join keys) the whole network.</summary>
/// <param name="Keys">The values that identify one entity, in key order, each a STRING, INT32 or INT64; empty = exactly one entity exists.</param>
internal sealed record Entity(string Name, IReadOnlyList<Field> Keys)
{
    /// <summary>Names of the keys, in their order.</summary>
    public IReadOnlyList<string> JoinKeys { get; } = [.. Keys.Select(key => key.Name)];

    public Metadata Metadata { get; init; } = Metadata.None;
}
