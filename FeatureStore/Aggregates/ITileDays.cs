namespace MlAspire.FeatureStore.Aggregates;

/// <summary>The tiles of one entity in one view, by UTC day.</summary>
internal interface ITileDays : ITileSums
{
    /// <summary>The bytes of a day (days since 1970-01-01), tile after tile, possibly cut after the last tile written; empty = nothing is stored for the day.</summary>
    ReadOnlySpan<byte> Day(int day);
}
