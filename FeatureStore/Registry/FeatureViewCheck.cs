namespace MlAspire.FeatureStore.Registry;

/// <summary>What must hold between the parts of any feature view.</summary>
internal static class FeatureViewCheck
{
    private const int MaxPoints = 100;

    // What is counted is in memory: some 300 MB then.
    private const int MostEntities = 10_000_000;
    private static readonly TimeSpan MaxRetention = TimeSpan.FromDays(90);

    /// <summary>Reports every rule that <paramref name="view"/> breaks at the path of the property that breaks it.</summary>
    public static void Report(JsonPath json, FeatureView view)
    {
        if (view.Retention > MaxRetention)
        {
            json.Require("retention").Report("must be at most P90D");
        }
        if (view.Retention <= TimeSpan.Zero)
        {
            json.Require("retention").Report("must be longer than zero");
        }
        if (view.Ttl <= TimeSpan.Zero)
        {
            json.Require("ttl").Report("must be longer than zero");
        }
        if (view.MaxEntities is < 1 or > MostEntities)
        {
            json.Require("maxEntities").Report($"must be from 1 to {MostEntities}");
        }
        if (view.Freshness is { } freshness)
        {
            ReportFreshness(json.Require("freshness"), view, freshness);
        }
        ReportNames(json.Require("features"), view);
        if (view.From is { } from)
        {
            ReportJoin(json.Require("join"), view.Entity, from);
        }
        if (view is AggregateView aggregates)
        {
            AggregateViewCheck.Report(json, aggregates);
        }
        if (view is RowView rows)
        {
            RowViewCheck.Report(json, rows);
        }
    }

    /// <summary>Reports a name that is no field of the source, or one of another type.</summary>
    public static void ReportField(JsonPath json, PushSource source, string name, params ReadOnlySpan<FieldType> allowed)
    {
        var index = source.IndexOf(name);
        if (index < 0)
        {
            json.Report($"the source '{source.Name}' has no field '{name}'");
        }
        else if (!allowed.Contains(source.Fields[index].Type))
        {
            json.Report($"must be a field of type {string.Join(" or ", allowed.ToArray().Select(FieldTypes.Name))}");
        }
    }

    private static void ReportFreshness(JsonPath json, FeatureView view, Freshness freshness)
    {
        if (view.From is null)
        {
            json.Report("needs a source, whose newest event says how far the view is behind");
        }
        if (!(freshness.AucBudget > 0))
        {
            json.Require("aucBudget").Report("must be more than 0");
        }
        var curve = json.Require("curve");
        var minutes = freshness.Curve.Select(point => point.StaleMinutes).ToList();
        if (minutes.Count is < 2 or > MaxPoints || minutes[0] != 0 || minutes.Zip(minutes.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            curve.Report($"must be 2 to {MaxPoints} points, the first fresh (0 minutes), each staler than the one before");
        }
        if (freshness.Curve.Any(point => !(point.Auc is >= 0 and <= 1)))
        {
            curve.Report("an AUC is from 0 to 1");
        }
    }

    private static void ReportNames(JsonPath json, FeatureView view)
    {
        var features = json.Items();
        if (features.Count == 0)
        {
            json.Report("must not be empty");
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < features.Count; i++)
        {
            if (!names.Add(view.Features[i].Name))
            {
                features[i].Report($"'{view.Features[i].Name}' is defined twice");
            }
        }
    }

    private static void ReportJoin(JsonPath json, Entity entity, ViewSource from)
    {
        for (var i = 0; i < from.Join.Count; i++)
        {
            ReportField(json.Require(entity.Keys[i].Name), from.Source, from.Join[i], entity.Keys[i].Type);
        }
    }
}
