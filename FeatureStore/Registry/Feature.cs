namespace MlAspire.FeatureStore.Registry;

/// <summary>How the tiles of a window become one number; the formulas are in <c>Aggregates/Aggregation.cs</c>.</summary>
internal enum AggregationFunction { Mean, Share, Count, Backlog }

/// <summary>One aggregated feature of a view.</summary>
/// <param name="Window">Length of the window of mean, share and count, a whole number of tiles; zero for backlog.</param>
/// <param name="Backlog">The two days a backlog compares; null for the other functions.</param>
internal sealed record Feature(string Name, AggregationFunction Function, TimeSpan Window, Backlog? Backlog);

/// <summary>"Events since the start of the local day, minus those of the same local day earlier": what a backlog compares.</summary>
/// <param name="DayStart">Local clock time at which the day starts, read in the UTC offset of the moment asked about.</param>
/// <param name="Lag">How much earlier the day is that is compared with; whole days.</param>
/// <param name="Tolerance">How much earlier still the counting of that day ends.</param>
internal sealed record Backlog(TimeSpan DayStart, TimeSpan Lag, TimeSpan Tolerance);
