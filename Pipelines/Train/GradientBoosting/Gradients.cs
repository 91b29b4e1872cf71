namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>First and second derivative of the logistic loss for every row, as whole numbers of 2⁻²⁴.</summary>
/// <remarks>
/// Whole numbers because their sums do not depend on the order in which threads add them, and because the last bit of <c>exp</c>, which differs between
/// processors, is rounded away: the same data gives the same trees anywhere.
/// </remarks>
public sealed class Gradients(int rows)
{
    /// <summary>Units of 1.</summary>
    public const double Scale = 1 << 24;

    private const int RowsPerTask = 32_768;

    /// <summary>p − y, in [−2²⁴, 2²⁴].</summary>
    public int[] First { get; } = new int[rows];

    /// <summary>p·(1 − p), in [0, 2²²].</summary>
    public int[] Second { get; } = new int[rows];

    /// <summary>Sets both derivatives at the given scores (log-odds).</summary>
    public void Set(double[] scores, bool[] labels) =>
        Parallel.For(0, (scores.Length + RowsPerTask - 1) / RowsPerTask, task =>
        {
            var end = Math.Min(scores.Length, (task + 1) * RowsPerTask);
            for (var row = task * RowsPerTask; row < end; row++)
            {
                var probability = 1 / (1 + Math.Exp(-scores[row]));
                First[row] = (int)Math.Round((probability - (labels[row] ? 1 : 0)) * Scale);
                Second[row] = (int)Math.Round(probability * (1 - probability) * Scale);
            }
        });
}
