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
        return Sigmoid(score);
    }

    /// <summary>Probabilities of many rows: the same numbers as <see cref="Probability"/>, faster, since a tree stays in the cache while it sees a block of rows.</summary>
    /// <param name="rows">Row after row, shape [rows × columns].</param>
    /// <param name="probabilities">Shape [rows].</param>
    public void Probabilities(ReadOnlySpan<float> rows, Span<double> probabilities)
    {
        if (probabilities.IsEmpty)
        {
            return;
        }
        var columns = rows.Length / probabilities.Length;
        probabilities.Fill(BaseScore);
        for (var i = 0; i < Trees.Count; i++)
        {
            for (var row = 0; row < probabilities.Length; row++)
            {
                probabilities[row] += Trees[i].Value(rows.Slice(row * columns, columns));
            }
        }
        foreach (ref var score in probabilities)
        {
            score = Sigmoid(score);
        }
    }

    private static double Sigmoid(double score) => 1 / (1 + Math.Exp(-score));
}
