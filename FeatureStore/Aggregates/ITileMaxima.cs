namespace MlAspire.FeatureStore.Aggregates;

/// <summary>The maxima of one entity in one view. Implemented by structs, so that reading allocates nothing.</summary>
internal interface ITileMaxima
{
    /// <summary>The bytes of the maxima of a UTC day (days since 1970-01-01), which <see cref="MaximaLayout"/> lays out, possibly cut after the last one written; empty = nothing is stored for the day.</summary>
    ReadOnlySpan<byte> Maxima(int day);
}
