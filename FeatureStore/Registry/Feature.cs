namespace MlAspire.FeatureStore.Registry;

/// <summary>One column of a feature view's answers.</summary>
internal abstract record Feature(string Name, FieldType Type);

/// <summary>How the tiles of a window become one number; the formulas are in <c>Aggregates/Aggregation.cs</c>.</summary>
internal enum AggregationFunction { Mean, Share, Count, Backlog, Sum, Min, Max, Last, Distinct }

/// <summary>One aggregated feature of a view, a DOUBLE.</summary>
/// <param name="Window">Length of the window, a whole number of tiles; zero for backlog.</param>
/// <param name="Backlog">The two days a backlog compares; null for the other functions.</param>
internal sealed record AggregateFeature(string Name, AggregationFunction Function, TimeSpan Window, Backlog? Backlog) : Feature(Name, FieldType.Double);

/// <summary>"Events since the start of the local day, minus those of the same local day earlier": what a backlog compares.</summary>
/// <param name="DayStart">Local clock time at which the day starts, read in the UTC offset of the moment asked about.</param>
/// <param name="Lag">How much earlier the day is that is compared with; whole days.</param>
/// <param name="Tolerance">How much earlier still the counting of that day ends.</param>
internal sealed record Backlog(TimeSpan DayStart, TimeSpan Lag, TimeSpan Tolerance);

/// <summary>One value of a row, as it was written.</summary>
/// <param name="NotNull">A row without it is refused.</param>
/// <param name="Range">Lowest and highest number, or each element of a list; null = any.</param>
/// <param name="Enum">The texts it may be, or each element of a list; null = any.</param>
internal sealed record RowFeature(string Name, FieldType Type, bool NotNull, ValueRange? Range, IReadOnlyList<string>? Enum) : Feature(Name, Type);

/// <summary>Numbers from Min to Max, both included.</summary>
internal sealed record ValueRange(double Min, double Max);
