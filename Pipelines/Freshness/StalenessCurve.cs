using MlAspire.FeatureStore.Registry;

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
    public static double? MinutesWithin(IReadOnlyList<StalenessPoint> points, double budget) => new FeatureStore.Registry.Freshness(budget, points).MaxAge is { } age ? Math.Round(age.TotalMinutes, 1) : null;
}
