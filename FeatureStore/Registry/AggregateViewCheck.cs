namespace MlAspire.FeatureStore.Registry;

/// <summary>What must hold between the parts of an aggregate view; what holds for every view is in <see cref="FeatureViewCheck"/>.</summary>
internal static class AggregateViewCheck
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Reports every rule that <paramref name="view"/> breaks at the path of the property that breaks it.</summary>
    public static void Report(JsonPath json, AggregateView view)
    {
        ReportTile(json, view);
        ReportFields(json, view);
        var features = json.Require("features").Items();
        for (var i = 0; i < features.Count; i++)
        {
            ReportFeature(features[i], view, view.Aggregates[i]);
        }
    }

    private static void ReportTile(JsonPath json, AggregateView view)
    {
        // A day string of one-minute tiles is 11,520 bytes, read whole: shorter tiles need another layout.
        if (view.Tile < TimeSpan.FromMinutes(1) || view.Tile > Day || Day.Ticks % view.Tile.Ticks != 0 || view.Tile.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            json.Require("tile").Report("must be from PT1M to P1D and divide a day");
        }
    }

    private static void ReportFields(JsonPath json, AggregateView view)
    {
        if (view.Flag is { } flag)
        {
            FeatureViewCheck.ReportField(json.Require("flag").Require("field"), view.Source, flag.Field, FieldType.Int32, FieldType.Int64, FieldType.Float, FieldType.Double);
        }
        if (view.Distinct is { } distinct)
        {
            FeatureViewCheck.ReportField(json.Require("distinct").Require("field"), view.Source, distinct, FieldType.String, FieldType.Int32, FieldType.Int64);
        }
        if (view.Value is not { } value)
        {
            return;
        }
        FeatureViewCheck.ReportField(json.Require("value").Require("field"), view.Source, value.Field, FieldType.Int32, FieldType.Int64);
        // 65,535 events of at most 32,767 each are the most that fits the 32-bit sum of a tile.
        if (value.Min > value.Max || value.Min < -short.MaxValue || value.Max > short.MaxValue)
        {
            json.Require("value").Require("clip").Report("must be [lowest, highest] within -32767 and 32767");
        }
    }

    private static void ReportFeature(JsonPath json, AggregateView view, AggregateFeature feature)
    {
        if (NeedsValue(feature.Function) && view.Value is null)
        {
            json.Report($"{AggregationFunctions.NameOf(feature.Function)} needs the view's 'value'");
        }
        if (feature.Function == AggregationFunction.Distinct)
        {
            ReportDistinct(json, view);
        }
        if (feature.Function == AggregationFunction.Share && view.Flag is null)
        {
            json.Report("share needs the view's 'flag'");
        }
        if (feature.Backlog is { } backlog)
        {
            ReportBacklog(json, view, backlog);
        }
        else if (feature.Window <= TimeSpan.Zero || (view.Tile > TimeSpan.Zero && feature.Window.Ticks % view.Tile.Ticks != 0))
        {
            json.Require("window").Report("must be a whole number of tiles, at least one");
        }
        if (view.Retention > TimeSpan.Zero && Reach(feature) > view.Retention)
        {
            json.Report($"needs a retention of at least {Reach(feature)} (d.hh:mm:ss): how far it looks back, and the day that this begins in");
        }
    }

    private static bool NeedsValue(AggregationFunction function) => function is AggregationFunction.Mean or AggregationFunction.Sum or AggregationFunction.Min or AggregationFunction.Max or AggregationFunction.Last;

    private static void ReportDistinct(JsonPath json, AggregateView view)
    {
        if (view.Distinct is null)
        {
            json.Report("distinct needs the view's 'distinct'");
        }
        // A tile has a kilobyte for it, and a day is read whole.
        if (view.Tile < TimeSpan.FromMinutes(30))
        {
            json.Report("distinct needs tiles of at least PT30M");
        }
    }

    private static void ReportBacklog(JsonPath json, AggregateView view, Backlog backlog)
    {
        if (backlog.Lag < Day || backlog.Lag.Ticks % Day.Ticks != 0)
        {
            json.Require("lag").Report("must be whole days, at least one");
        }
        if (backlog.Tolerance >= Day)
        {
            json.Require("tolerance").Report("must be shorter than a day");
        }
        if (view.Tile > TimeSpan.Zero && backlog.DayStart.Ticks % view.Tile.Ticks != 0)
        {
            json.Require("dayStart").Report("must be a whole number of tiles after midnight");
        }
    }

    /// <summary>How old an event may be that decides whether a count is 0 or NOT_FOUND: that goes by whole UTC days, and a backlog looks back a day more than its lag.</summary>
    private static TimeSpan Reach(AggregateFeature feature) => (feature.Backlog is { } backlog ? backlog.Lag + Day : feature.Window) + Day;
}
