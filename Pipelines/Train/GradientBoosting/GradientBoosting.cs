namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>Gradient boosting of histogram trees for a probability (logistic loss).</summary>
/// <remarks>Sources: Friedman, Greedy function approximation, 2001; Chen and Guestrin, XGBoost, 2016; Ke et al., LightGBM, 2017 (leaf-wise growth on histograms).</remarks>
public static class GradientBoosting
{
    /// <summary>Learns the trees; the same matrix and options give the same bits on every run and any number of cores.</summary>
    /// <param name="matrix">At least one row of either label.</param>
    /// <param name="options">How the trees are grown.</param>
    /// <param name="onTree">Told the number of trees so far after each; may be null.</param>
    /// <param name="cancellationToken">Looked at after each tree.</param>
    /// <exception cref="ArgumentException">All labels are the same, or there are no rows: there is nothing to learn.</exception>
    public static BoostedTrees Train(TrainingMatrix matrix, BoostingOptions options, Action<int>? onTree, CancellationToken cancellationToken)
    {
        var positives = matrix.Labels.Count(label => label);
        if (positives == 0 || positives == matrix.Rows)
        {
            throw new ArgumentException($"{positives} of {matrix.Rows} labels are true: both labels are needed", nameof(matrix));
        }
        var baseScore = (float)Math.Log(positives / (double)(matrix.Rows - positives));
        var scores = new double[matrix.Rows];
        Array.Fill(scores, baseScore);
        var gradients = new Gradients(matrix.Rows);
        var grower = new TreeGrower(matrix, options);
        var trees = new DecisionTree[options.Trees];
        for (var i = 0; i < trees.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            gradients.Set(scores, matrix.Labels);
            trees[i] = grower.Grow(gradients, scores);
            onTree?.Invoke(i + 1);
        }
        return new BoostedTrees(baseScore, trees);
    }
}
