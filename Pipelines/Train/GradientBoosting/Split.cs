namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>A way to part a leaf's rows in two.</summary>
/// <param name="Column">Which column is asked.</param>
/// <param name="Bin">Rows up to and including this bin go left.</param>
/// <param name="MissingLeft">Where the rows without a value go.</param>
/// <param name="Gain">How much better two leaves are than one: G²/(H+λ) left plus right, minus that of all; above 0.</param>
/// <param name="Left">Sums of the rows that go left.</param>
/// <param name="Right">Sums of those that go right.</param>
public sealed record Split(int Column, int Bin, bool MissingLeft, double Gain, Sums Left, Sums Right)
{
    /// <summary>The best split of a leaf; null when none has a gain and enough weight on both sides.</summary>
    /// <remarks>
    /// Both directions are tried for missing values. Among equals the first wins: lowest column, lowest bin, missing to the right. Where the leaf has no missing
    /// value, later ones go with the larger side.
    /// </remarks>
    public static Split? Best(Histogram histogram, TrainingMatrix matrix, BoostingOptions options)
    {
        var found = new Split?[matrix.Columns];
        Parallel.For(0, matrix.Columns, column => found[column] = BestOf(column, histogram.Column(column), options));
        return found.Where(split => split is not null).Aggregate((Split?)null, (best, split) => best is null || split!.Gain > best.Gain ? split : best);
    }

    /// <summary>The best split on one column.</summary>
    /// <param name="column">Its number.</param>
    /// <param name="bins">Its sums by bin; the last is the bin of missing values.</param>
    /// <param name="options">λ and the least weight.</param>
    public static Split? BestOf(int column, ReadOnlySpan<Sums> bins, BoostingOptions options)
    {
        var missing = bins[^1];
        var all = missing;
        foreach (var bin in bins[..^1])
        {
            all += bin;
        }
        var best = default(Split);
        var left = default(Sums);
        for (var bin = 0; bin < bins.Length - 2; bin++)
        {
            left += bins[bin];
            Consider(left, missingLeft: missing.Rows == 0 && left.Rows > all.Rows - left.Rows);
            if (missing.Rows > 0)
            {
                Consider(left + missing, missingLeft: true);
            }

            void Consider(Sums toLeft, bool missingLeft)
            {
                var toRight = all - toLeft;
                var gain = toLeft.Score(options.L2) + toRight.Score(options.L2) - all.Score(options.L2);
                if (toLeft.Rows > 0 && toRight.Rows > 0 && toLeft.Weight >= options.MinChildWeight && toRight.Weight >= options.MinChildWeight
                    && gain > (best?.Gain ?? MinGain))
                {
                    best = new Split(column, bin, missingLeft, gain, toLeft, toRight);
                }
            }
        }
        return best;
    }

    /// <summary>Below this a gain is the rounding of three divisions, not a gain.</summary>
    private const double MinGain = 1e-9;
}
