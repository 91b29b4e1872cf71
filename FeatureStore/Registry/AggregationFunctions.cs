namespace MlAspire.FeatureStore.Registry;

/// <summary>The names of the functions in features.json.</summary>
internal static class AggregationFunctions
{
    public static Dictionary<string, AggregationFunction> ByName { get; } = new(StringComparer.Ordinal)
    {
        ["mean"] = AggregationFunction.Mean, ["share"] = AggregationFunction.Share, ["count"] = AggregationFunction.Count, ["backlog"] = AggregationFunction.Backlog,
        ["sum"] = AggregationFunction.Sum, ["min"] = AggregationFunction.Min, ["max"] = AggregationFunction.Max, ["last"] = AggregationFunction.Last, ["distinct"] = AggregationFunction.Distinct,
    };

    public static string NameOf(AggregationFunction function) => ByName.First(named => named.Value == function).Key;

    /// <summary>Kept as maxima beside the sums of a tile.</summary>
    public static bool IsMaximum(AggregationFunction function) => function is AggregationFunction.Min or AggregationFunction.Max or AggregationFunction.Last or AggregationFunction.Distinct;
}
