using MlAspire.Gateway.Pipeline.Events;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>Which version answers which side.</summary>
/// <param name="Model">The model.</param>
/// <param name="Since">Timestamp of the route's change that it holds from; evidence begins there.</param>
/// <param name="Champion">The version on the side <c>stable</c>.</param>
/// <param name="Canary">The version on the side <c>canary</c>.</param>
/// <param name="Paired">Whether a shadow asks the other version too, so that every row has both scores.</param>
internal sealed record RolloutSplit(string Model, DateTimeOffset Since, string Champion, string Canary, bool Paired)
{
    /// <summary>Whether a prediction is of one of the two versions on its side.</summary>
    public bool Has(PredictionEvent prediction) => prediction.Arm switch
    {
        PredictionEvent.Stable => prediction.Version == Champion,
        PredictionEvent.Canary => prediction.Version == Canary,
        PredictionEvent.Shadow => Paired && (prediction.Version == Champion || prediction.Version == Canary),
        _ => false,
    };

    /// <summary>What the two sides say to a row: of pairs both, else the one that answered; null when the row's shadow will say it.</summary>
    public (double? Stable, double? Canary)? Scores(PredictionEvent prediction, double score) => (Paired, prediction.Arm, prediction.Version == Canary) switch
    {
        (false, _, true) => (null, score),
        (false, _, false) => (score, null),
        (true, PredictionEvent.Shadow, true) => (prediction.AnsweredProbability, score),
        (true, PredictionEvent.Shadow, false) => (score, prediction.AnsweredProbability),
        _ => null,
    };
}
