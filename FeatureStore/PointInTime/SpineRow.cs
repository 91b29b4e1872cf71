namespace MlAspire.FeatureStore.PointInTime;

/// <summary>One row of a spine: features of these entities are wanted as they were at this moment.</summary>
/// <param name="Index">Position in the spine, 0-based.</param>
/// <param name="Moment">With the UTC offset as given: some features read the local clock.</param>
/// <param name="Entities">Shape [ServiceAggregation.EntityColumns].</param>
/// <param name="Record">The whole row as it stands in the file.</param>
/// <param name="Inputs">Shape [ServiceAggregation.InputColumns]; NaN = null.</param>
internal readonly record struct SpineRow(long Index, DateTimeOffset Moment, ReadOnlyMemory<char>[] Entities, ReadOnlyMemory<char> Record, double[] Inputs);
