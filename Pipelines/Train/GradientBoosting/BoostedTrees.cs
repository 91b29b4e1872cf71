namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>The learnt model: the sum of its trees is the log-odds of the positive class. Immutable.</summary>
/// <param name="BaseScore">Log-odds before any tree.</param>
/// <param name="Trees">In the order they were learnt.</param>
public sealed record BoostedTrees(float BaseScore, IReadOnlyList<DecisionTree> Trees)
{
    /// <summary>Probability of the positive class, in (0, 1).</summary>
    /// <param name="row">Shape [columns]; NaN is missing.</param>
    public double Probability(ReadOnlySpan<float> row)
    {
        double score = BaseScore;
        for (var i = 0; i < Trees.Count; i++)
        {
            score += Trees[i].Value(row);
        }
        return 1 / (1 + Math.Exp(-score));
    }
}
