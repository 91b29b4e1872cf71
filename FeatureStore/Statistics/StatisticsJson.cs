using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;

namespace MlAspire.FeatureStore.Statistics;

/// <summary>The statistics of a view, and of a service's transforms, as JSON: what can be added up is in it (counts, mean, standard deviation, ends, bins), so that those of replicas can be.</summary>
internal static class StatisticsJson
{
    public static JsonObject Of(RegistrySnapshot snapshot, FeatureView view)
    {
        var index = snapshot.Registry.IndexOf(view);
        return new JsonObject
        {
            ["feature_view"] = view.Name,
            ["age_seconds"] = Numbers(snapshot.Statistics.Ages(index)),
            ["features"] = new JsonArray([.. view.Features.Select((feature, i) => Feature((feature.Name, feature.Type), snapshot.Statistics.Of(index, i)))]),
        };
    }

    public static JsonObject Of(RegistrySnapshot snapshot, FeatureService service)
    {
        var index = snapshot.Registry.IndexOf(service);
        return new JsonObject
        {
            ["feature_service"] = service.Name,
            ["version"] = service.Version,
            ["transforms"] = new JsonArray([.. service.Transforms.Select((transform, i) => Feature((transform.Name, transform.Type), snapshot.Statistics.OfTransform(index, i)))]),
        };
    }

    private static JsonObject Feature((string Name, FieldType Type) feature, FeatureStatistics statistics) => new()
    {
        ["name"] = feature.Name,
        ["type"] = FieldTypes.Name(feature.Type),
        ["count"] = statistics.Count,
        ["null_share"] = Number(statistics.NullShare),
        ["statuses"] = new JsonObject(Enum.GetValues<FieldStatus>().Where(status => statistics.Of(status) > 0).Select(status => KeyValuePair.Create<string, JsonNode?>(FieldStatuses.Wire(status), statistics.Of(status)))),
        ["numbers"] = Numbers(statistics.Numbers),
    };

    /// <summary>Null without numbers.</summary>
    private static JsonObject? Numbers(NumberStatistics numbers) => numbers.Count == 0 ? null : new JsonObject
    {
        ["count"] = numbers.Count,
        ["mean"] = numbers.Mean,
        ["standard_deviation"] = numbers.StandardDeviation,
        ["min"] = numbers.Min,
        ["max"] = numbers.Max,
        ["histogram"] = new JsonArray([.. numbers.Histogram.NotEmpty().Select(bin => new JsonObject { ["from"] = bin.From, ["to"] = bin.To, ["count"] = bin.Count })]),
    };

    private static JsonValue? Number(double value) => double.IsNaN(value) ? null : JsonValue.Create(value);
}
