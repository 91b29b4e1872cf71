namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Which tiles a feature reads at a moment.</summary>
/// <param name="Current">As of <see cref="Aggregation.Current"/>.</param>
/// <param name="Earlier">As of <see cref="Aggregation.Earlier"/>.</param>
/// <param name="Until">Seconds since 1970 of the first moment thereafter that reads others, if it has the same UTC offset.</param>
internal readonly record struct FeatureRanges(TileRange Current, TileRange Earlier, long Until);
