namespace MlAspire.FeatureStore.Registry;

/// <summary>What a model may lose by a stale view, and what it was measured to lose.</summary>
/// <param name="AucBudget">AUC that may be lost.</param>
/// <param name="Curve">By staleness, ascending; the first is fresh.</param>
internal sealed record Freshness(double AucBudget, IReadOnlyList<StalenessPoint> Curve)
{
    /// <summary>How far the view's source may be behind until the curve first loses the budget, on straight lines between the points, in whole seconds; null = it never does.</summary>
    public TimeSpan? MaxAge { get; } = Within(AucBudget, Curve);

    private static TimeSpan? Within(double budget, IReadOnlyList<StalenessPoint> curve)
    {
        for (var i = 1; i < curve.Count; i++)
        {
            var (before, after) = (curve[0].Auc - curve[i - 1].Auc, curve[0].Auc - curve[i].Auc);
            if (after <= budget)
            {
                continue;
            }
            var share = (budget - before) / (after - before);
            return TimeSpan.FromSeconds(Math.Round(60 * (curve[i - 1].StaleMinutes + share * (curve[i].StaleMinutes - curve[i - 1].StaleMinutes))));
        }
        return null;
    }
}

/// <param name="StaleMinutes">The store lacks the events of as many minutes before each moment that is asked about.</param>
/// <param name="Auc">Area under the ROC curve of the model as it was trained, on fresh values.</param>
internal sealed record StalenessPoint(int StaleMinutes, double Auc);
