namespace MlAspire.FeatureStore.Registry;

/// <summary>What must hold between the parts of a row view; what holds for every view is in <see cref="FeatureViewCheck"/>.</summary>
internal static class RowViewCheck
{
    private const int MaxFeatures = 1_000;

    private static readonly FieldType[] Numbers = [FieldType.Int32, FieldType.Int64, FieldType.Float, FieldType.Double, FieldType.UnixTimestamp];

    public static void Report(JsonPath json, RowView view)
    {
        if (view.Retention < view.Ttl)
        {
            json.Require("retention").Report("must be at least the ttl");
        }
        var features = json.Require("features").Items();
        if (features.Count > MaxFeatures)
        {
            json.Require("features").Report($"has more than {MaxFeatures} features");
        }
        foreach (var name in view.Entity.JoinKeys.Concat(view.Row.Select(feature => feature.Name)).Where(name => name is RowView.EventTimestamp or RowView.Created))
        {
            json.Report($"'{name}' is a column of every direct write, and no name of a key or feature");
        }
        for (var i = 0; i < features.Count; i++)
        {
            ReportFeature(features[i], view, view.Row[i]);
        }
    }

    private static void ReportFeature(JsonPath json, RowView view, RowFeature feature)
    {
        if (view.Entity.JoinKeys.Contains(feature.Name))
        {
            json.Report($"'{feature.Name}' is already a join key");
        }
        if (view.From is { } from)
        {
            FeatureViewCheck.ReportField(json.Require("name"), from.Source, feature.Name, feature.Type);
        }
        var element = FieldTypes.ElementOf(feature.Type);
        if (feature.Range is { } range)
        {
            if (!Numbers.Contains(element))
            {
                json.Require("range").Report("is for numbers only");
            }
            else if (!(range.Min <= range.Max))
            {
                json.Require("range").Report("must be [lowest, highest]");
            }
        }
        if (feature.Enum is not { } texts)
        {
            return;
        }
        if (element != FieldType.String)
        {
            json.Require("enum").Report("is for STRING only");
        }
        else if (texts.Count == 0)
        {
            json.Require("enum").Report("must not be empty");
        }
    }
}
