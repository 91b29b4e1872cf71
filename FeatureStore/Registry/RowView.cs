namespace MlAspire.FeatureStore.Registry;

/// <summary>The newest row of each entity, kept as it was written.</summary>
/// <param name="From">The source's fields of the same names are the row; null = rows are only written directly.</param>
/// <param name="Ttl">Age over which a value is STALE.</param>
/// <param name="Retention">Age over which a value is EXPIRED, and not answered; a row not written for so long is gone.</param>
/// <param name="Row">The values of a row, in the order of the layout.</param>
internal sealed record RowView(string Name, Entity Entity, ViewSource? From, TimeSpan Ttl, TimeSpan Retention, IReadOnlyList<RowFeature> Row)
    : FeatureView(Name, Entity, From, Ttl, Retention)
{
    /// <summary>Column of a direct write with the moment of each row's event; not the name of anything of the view.</summary>
    public const string EventTimestamp = "event_timestamp";

    /// <summary>Column of a direct write with the moment each row was made; not the name of anything of the view.</summary>
    public const string Created = "created";

    public override IReadOnlyList<Feature> Features => Row;
}
