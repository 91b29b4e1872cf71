namespace MlAspire.Pipelines.Replay;

/// <summary>What a replay did in some time.</summary>
/// <param name="Pushed">Events the feature store took.</param>
/// <param name="Predicted">Flights the Gateway answered for.</param>
/// <param name="PredictedLate">Those it called late.</param>
/// <param name="NotPredicted">Flights that were not asked about, since the rate was reached.</param>
/// <param name="Failed">Flights the Gateway did not answer for.</param>
/// <param name="Landed">Predicted flights that landed: as many labels as there are to send.</param>
/// <param name="LandedLate">Those that were late.</param>
/// <param name="Labelled">Labels Monitoring took.</param>
internal readonly record struct ReplayCounts(
    long Pushed, long Predicted, long PredictedLate, long NotPredicted, long Failed, long Landed, long LandedLate, long Labelled)
{
    public static ReplayCounts operator -(ReplayCounts a, ReplayCounts b) => new(
        a.Pushed - b.Pushed, a.Predicted - b.Predicted, a.PredictedLate - b.PredictedLate, a.NotPredicted - b.NotPredicted, a.Failed - b.Failed,
        a.Landed - b.Landed, a.LandedLate - b.LandedLate, a.Labelled - b.Labelled);
}
