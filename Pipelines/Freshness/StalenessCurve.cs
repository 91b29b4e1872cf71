namespace MlAspire.Pipelines.Freshness;

/// <summary>Quality over staleness.</summary>
/// <param name="View">The feature view that is stale while the others are fresh; <see cref="AllViews"/> = all are.</param>
/// <param name="Points">By staleness, ascending; the first is fresh.</param>
/// <param name="MaxAgeMinutes">See <see cref="MinutesWithin"/>, for the budget of the report; null = the curve never leaves it.</param>
internal sealed record StalenessCurve(string View, IReadOnlyList<StalenessPoint> Points, double? MaxAgeMinutes)
{
    public const string AllViews = "all";

    /// <param name="budget">AUC that may be lost.</param>
    public static StalenessCurve Of(string view, IReadOnlyList<StalenessPoint> points, double budget) => new(view, points, MinutesWithin(points, budget));

    /// <summary>How stale it may be until the curve first loses <paramref name="budget"/>, on straight lines between the points, in minutes rounded to a tenth; null = it never does.</summary>
    public static double? MinutesWithin(IReadOnlyList<StalenessPoint> points, double budget)
    {
        for (var i = 1; i < points.Count; i++)
        {
            var (before, after) = (points[0].Auc - points[i - 1].Auc, points[0].Auc - points[i].Auc);
            if (after <= budget) { continue; }
            var share = (budget - before) / (after - before);
            return Math.Round(points[i - 1].StaleMinutes + share * (points[i].StaleMinutes - points[i - 1].StaleMinutes), 1);
        }
        return null;
    }
}

/// <param name="StaleMinutes">The store lacks the events of as many minutes before each departure.</param>
/// <param name="Auc">Area under the ROC curve of the model as it was trained, on fresh values.</param>
internal sealed record StalenessPoint(int StaleMinutes, double Auc);
