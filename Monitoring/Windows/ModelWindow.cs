using MlAspire.Monitoring.Quality;
using MlAspire.ServiceDefaults.Quantiles;

namespace MlAspire.Monitoring.Windows;

/// <summary>What happened to one model in one window.</summary>
internal sealed class ModelWindow
{
    public long Predictions { get; set; }

    public long Errors { get; set; }

    /// <summary>Predictions with the model's positive label.</summary>
    public long Positive { get; set; }

    /// <summary>Predictions with a probability, and the sum of these.</summary>
    public long Scored { get; set; }

    public double ProbabilitySum { get; set; }

    /// <summary>Latency of the predictions, in milliseconds, from a microsecond to 1,000 s.</summary>
    public DDSketch Latency { get; } = new(min: 0.001, max: 1_000_000);

    /// <summary>Scores of the predictions made in this window whose label is known by now.</summary>
    public ScoreHistogram Scores { get; } = new();

    /// <summary>Rows that a shadow answered too, and of these: with another label, and the sum of the differences in probability without their sign.</summary>
    public long ShadowPairs { get; set; }

    public long ShadowDisagreements { get; set; }

    public double ShadowDifferenceSum { get; set; }

    /// <summary>Requests that the shadow failed.</summary>
    public long ShadowErrors { get; set; }

    public void Merge(ModelWindow other)
    {
        ShadowPairs += other.ShadowPairs;
        ShadowDisagreements += other.ShadowDisagreements;
        ShadowDifferenceSum += other.ShadowDifferenceSum;
        ShadowErrors += other.ShadowErrors;
        Predictions += other.Predictions;
        Errors += other.Errors;
        Positive += other.Positive;
        Scored += other.Scored;
        ProbabilitySum += other.ProbabilitySum;
        Latency.Add(other.Latency);
        Scores.Merge(other.Scores);
    }
}
