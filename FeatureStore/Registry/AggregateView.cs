namespace MlAspire.FeatureStore.Registry;

/// <summary>Aggregates of one source by one entity, kept as integer tiles.</summary>
/// <param name="Tile">Length of a tile; divides a day.</param>
/// <param name="Value">What is summed in a tile; null = nothing.</param>
/// <param name="Flag">What is counted beside the events; null = nothing.</param>
internal sealed record AggregateView(
    string Name, Entity Entity, ViewSource From, TimeSpan Tile, ClippedValue? Value, Flag? Flag,
    TimeSpan Ttl, TimeSpan Retention, IReadOnlyList<AggregateFeature> Aggregates) : FeatureView(Name, Entity, From, Ttl, Retention)
{
    public PushSource Source { get; } = From.Source;

    public IReadOnlyList<string> Join { get; } = From.Join;

    /// <summary>Field whose different values are counted; null = none.</summary>
    public string? Distinct { get; init; }

    /// <summary>Which offsets are counted is kept for this view alone, so that it can be filled from the log at any time.</summary>
    public bool OwnOffsets { get; init; }

    public override IReadOnlyList<Feature> Features => Aggregates;
}

/// <summary>The integer field that is summed, clipped to [Min, Max], both ends included.</summary>
internal sealed record ClippedValue(string Field, int Min, int Max);

/// <summary>An event is flagged when its field is greater than the threshold.</summary>
internal sealed record Flag(string Field, double GreaterThan);
