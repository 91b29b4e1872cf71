using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Online;

/// <summary>What a feature service says that its features are while the store cannot be read, and its transforms of them.</summary>
internal static class DefaultAnswer
{
    /// <param name="defaults">Of the features of the views, in answer order.</param>
    public static OnlineFeature[] Of(ServiceAggregation service, IReadOnlyList<object> defaults, OnlineRow[] rows)
    {
        var (statuses, ages) = (new FieldStatus[rows.Length], new long[rows.Length]);
        Array.Fill(statuses, FieldStatus.Default);
        Array.Fill(ages, -1);
        var features = new OnlineFeature[service.FeatureNames.Length];
        for (var i = 0; i < features.Length; i++)
        {
            var values = PackedValue.Column(service.FeatureTypes[i], rows.Length);
            for (var row = 0; row < rows.Length && i < service.FirstTransform; row++)
            {
                values.SetValue(defaults[i], row);
            }
            features[i] = new OnlineFeature(service.FeatureNames[i], values, statuses, ages);
        }
        TransformAnswer.Write(service, rows, features);
        return features;
    }
}
