using MlAspire.ServiceDefaults.Quantiles;

namespace MlAspire.Monitoring.Summary;

/// <summary>One model over the windows that are remembered.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="PositiveLabel">The label of what the model looks for; null when nothing was answered.</param>
/// <param name="Predictions">Answered rows.</param>
/// <param name="Errors">Failed requests.</param>
/// <param name="LatencyMs">Latency of the requests, counted once a row.</param>
/// <param name="PredictedPositiveShare">Rows with the positive label among the answered ones; null when there are none.</param>
/// <param name="MeanProbability">Mean output; null when nothing was answered.</param>
/// <param name="Labels">How many labels arrived.</param>
/// <param name="ObservedPositiveShare">Observed positive among the labelled predictions; null when there are none.</param>
/// <param name="Auc">Area under the ROC curve over the labelled predictions; null unless both labels were seen.</param>
/// <param name="Since">Start of the oldest window that is remembered and has something.</param>
/// <param name="LastPrediction">When the newest one was made; null when nothing was answered.</param>
/// <param name="Shadow">A shadow beside what was answered; null when there was none.</param>
public sealed record ModelSummary(
    string Model,
    string? PositiveLabel,
    long Predictions,
    long Errors,
    LatencySummary LatencyMs,
    double? PredictedPositiveShare,
    double? MeanProbability,
    LabelSummary Labels,
    double? ObservedPositiveShare,
    double? Auc,
    DateTimeOffset? Since,
    DateTimeOffset? LastPrediction,
    ShadowSummary? Shadow);

/// <summary>Percentiles in milliseconds, each within 1 % of the exact value; null when nothing was answered.</summary>
public sealed record LatencySummary(double? P50, double? P95, double? P99)
{
    internal static LatencySummary Of(DDSketch latency) => latency.Quantiles(0.5, 0.95, 0.99) is [var p50, var p95, var p99] && !double.IsNaN(p50) ? new(p50, p95, p99) : new(null, null, null);
}

/// <param name="Joined">Predictions of this model, in the remembered windows, with a label.</param>
/// <param name="Unmatched">Labels for predictions that nobody made, or that are forgotten; of all models, as a label names none.</param>
public sealed record LabelSummary(long Joined, long Unmatched);

/// <param name="Pairs">Rows that both answered.</param>
/// <param name="Errors">Requests that the shadow failed.</param>
/// <param name="DisagreementShare">Rows with another label among the pairs; null without pairs.</param>
/// <param name="MeanDifference">Mean difference in probability without its sign; null without pairs.</param>
public sealed record ShadowSummary(long Pairs, long Errors, double? DisagreementShare, double? MeanDifference);
