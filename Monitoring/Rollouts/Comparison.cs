namespace MlAspire.Monitoring.Rollouts;

/// <summary>One criterion by the evidence until now.</summary>
/// <param name="Stable">The champion's figure.</param>
/// <param name="Canary">The canary's figure.</param>
/// <param name="Worse">How much worse the canary is, as the margin is meant; negative when it is better.</param>
/// <param name="Margin">From where on it is bad.</param>
/// <param name="ProbabilityIfEqual">Of looking at least so bad when it is as good as the champion.</param>
/// <param name="ProbabilityIfBad">Of looking at most so bad when it is worse by the margin.</param>
/// <param name="Information">Share of what is needed to tell an equal canary from a bad one.</param>
public sealed record Comparison(double Stable, double Canary, double Worse, double Margin, double ProbabilityIfEqual, double ProbabilityIfBad, double Information)
{
    /// <summary>Whether it is shown to be worse, and by no less than half of the margin: what is surely worse by next to nothing is not bad.</summary>
    internal bool IsWorse(double falseRollBacks) => ProbabilityIfEqual <= falseRollBacks && Worse >= Margin / 2;
}
