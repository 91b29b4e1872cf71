namespace MlAspire.FeatureStore.Registry;

/// <summary>Aggregates of one source by one entity, kept as integer tiles.</summary>
/// <param name="Join">Source field that holds each join key of the entity, in the entity's order.</param>
/// <param name="Tile">Length of a tile; divides a day.</param>
/// <param name="Value">What is summed in a tile; null = nothing.</param>
/// <param name="Flag">What is counted beside the events; null = nothing.</param>
/// <param name="Retention">How long a day's tiles are kept after they were last written.</param>
/// <param name="Ttl">Age over which a value is STALE.</param>
internal sealed record FeatureView(
    string Name, Entity Entity, PushSource Source, IReadOnlyList<string> Join, TimeSpan Tile,
    ClippedValue? Value, Flag? Flag, TimeSpan Retention, TimeSpan Ttl, IReadOnlyList<Feature> Features);

/// <summary>The integer field that is summed, clipped to [Min, Max], both ends included.</summary>
internal sealed record ClippedValue(string Field, int Min, int Max);

/// <summary>An event is flagged when its field is greater than the threshold.</summary>
internal sealed record Flag(string Field, double GreaterThan);
