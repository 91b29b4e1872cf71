namespace MlAspire.FeatureStore.Registry;

/// <summary>Features of one entity that are kept together.</summary>
/// <param name="From">The events that change the view; null = it is only written to directly.</param>
/// <param name="Ttl">Age over which a value is STALE.</param>
/// <param name="Retention">How long what is stored is kept after it was last written.</param>
internal abstract record FeatureView(string Name, Entity Entity, ViewSource? From, TimeSpan Ttl, TimeSpan Retention)
{
    public abstract IReadOnlyList<Feature> Features { get; }

    /// <summary>How many entities it may have, about; null = any number.</summary>
    public int? MaxEntities { get; init; }

    /// <summary>What staleness costs; null = it is not known, and <see cref="Ttl"/> alone decides. Only of a view with a source.</summary>
    public Freshness? Freshness { get; init; }

    public Metadata Metadata { get; init; } = Metadata.None;
}

/// <summary>Where a view's events come from.</summary>
/// <param name="Join">Source field that holds each join key of the view's entity, in the entity's order.</param>
internal sealed record ViewSource(PushSource Source, IReadOnlyList<string> Join);
