namespace MlAspire.Pipelines.Train;

/// <summary>What <c>metrics.json</c> says.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its version.</param>
/// <param name="Label">What the probability is of.</param>
/// <param name="Threshold">From it on a flight is called late; see <see cref="FlightTrainer.ThresholdOf"/>.</param>
/// <param name="Train">On the rows learnt from.</param>
/// <param name="Test">On each month after them.</param>
internal sealed record ModelQuality(string Model, int Version, string Label, double Threshold, PeriodQuality Train, IReadOnlyList<PeriodQuality> Test);

/// <summary>Quality in one period, rounded to 6 digits.</summary>
/// <param name="Period">First and last day, on the clock of the origin, as <c>2001-03-01/2001-03-31</c>.</param>
/// <param name="Rows">Number of flights.</param>
/// <param name="LateShare">Share of late ones.</param>
/// <param name="CalledLateShare">Share with a probability of at least the threshold.</param>
/// <param name="Auc">See <see cref="ClassificationQuality"/>.</param>
/// <param name="Brier">See <see cref="ClassificationQuality"/>.</param>
/// <param name="LogLoss">See <see cref="ClassificationQuality"/>.</param>
/// <param name="RequestOnlyAuc">The same learner without the feature store's columns.</param>
internal sealed record PeriodQuality(
    string Period, int Rows, double LateShare, double CalledLateShare, double Auc, double Brier, double LogLoss, double RequestOnlyAuc)
{
    public static PeriodQuality Of((DateOnly First, DateOnly Last) days, ScoredRows scored, double threshold)
    {
        var quality = ClassificationQuality.Of(scored.Probabilities, scored.Labels);
        var baseline = ClassificationQuality.Of(scored.RequestOnly, scored.Labels);
        var calledLate = scored.Probabilities.Count(p => p >= threshold) / (double)quality.Rows;
        return new PeriodQuality($"{days.First:yyyy-MM-dd}/{days.Last:yyyy-MM-dd}", quality.Rows, Round(quality.LateShare), Round(calledLate), Round(quality.Auc),
            Round(quality.Brier), Round(quality.LogLoss), Round(baseline.Auc));
    }

    private static double Round(double value) => Math.Round(value, 6);
}

/// <summary>Probabilities of the model and of the one without store features, beside what happened; each of shape [rows].</summary>
internal sealed record ScoredRows(double[] Probabilities, double[] RequestOnly, bool[] Labels);
