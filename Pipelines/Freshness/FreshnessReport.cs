namespace MlAspire.Pipelines.Freshness;

/// <summary>What <c>freshness.json</c> says.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="ModelSha256">Of its model.onnx: that of the model's lineage.json when the curves are of the model that serves.</param>
/// <param name="Period">Days measured, which were not learnt from.</param>
/// <param name="Rows">Flights.</param>
/// <param name="AucBudget">What the max ages are for.</param>
/// <param name="FreshAuc">With a store that lags by nothing.</param>
/// <param name="RequestOnlyAuc">Of the same learner without the store: the fallback.</param>
/// <param name="FallbackAfterMinutes">From this staleness of all views on the fallback is better; null = it never is.</param>
/// <param name="FallbackAboveMissingShare">Above this share of missing features the fallback is better; null = it never is.</param>
/// <param name="Views">A curve a feature view, and one for all at once.</param>
/// <param name="Missing">With ever more views missing.</param>
internal sealed record FreshnessReport(
    string Model, string ModelSha256, string Period, int Rows, double AucBudget, double FreshAuc, double RequestOnlyAuc, double? FallbackAfterMinutes, double? FallbackAboveMissingShare,
    IReadOnlyList<StalenessCurve> Views, IReadOnlyList<MissingPoint> Missing);

/// <param name="Share">Of the service's features that are missing, in [0, 1].</param>
/// <param name="Views">The views that are.</param>
/// <param name="Auc">Of the model as it was trained.</param>
internal sealed record MissingPoint(double Share, IReadOnlyList<string> Views, double Auc);
