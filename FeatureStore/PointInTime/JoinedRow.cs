namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A row of the spine with its features.</summary>
/// <param name="Index">Position in the spine, 0-based.</param>
/// <param name="Record">The row as it stood in the file, UTF-8; valid until the next row is asked for.</param>
/// <param name="Values">Shape [features of the service]; NaN = null.</param>
internal readonly record struct JoinedRow(long Index, DateTimeOffset Moment, ReadOnlyMemory<byte> Record, double[] Values);
