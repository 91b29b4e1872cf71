namespace MlAspire.FeatureStore.Registry;

/// <summary>The names of the functions in features.json.</summary>
internal static class AggregationFunctions
{
    public static Dictionary<string, AggregationFunction> ByName { get; } = new(StringComparer.Ordinal)
    {
        ["mean"] = AggregationFunction.Mean, ["share"] = AggregationFunction.Share, ["count"] = AggregationFunction.Count, ["backlog"] = AggregationFunction.Backlog,
    };
}
