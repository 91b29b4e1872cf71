namespace MlAspire.Monitoring.Quality;

/// <summary>Scores of labelled predictions in equal bins of [0, 1], apart for the two labels; gives the area under the ROC curve.</summary>
/// <remarks>Merging and taking back are exact. Not thread-safe.</remarks>
internal sealed class ScoreHistogram
{
    public const int Bins = 1000;

    private readonly int[] positives = new int[Bins];
    private readonly int[] negatives = new int[Bins];

    public long Positives { get; private set; }

    public long Negatives { get; private set; }

    public long Count => Positives + Negatives;

    /// <param name="score">In [0, 1]; what is outside counts as the nearest bin.</param>
    /// <param name="positive">The observed label.</param>
    public void Add(double score, bool positive) => Change(score, positive, 1);

    /// <summary>Takes an <see cref="Add"/> of the same arguments back.</summary>
    public void Remove(double score, bool positive) => Change(score, positive, -1);

    public void Merge(ScoreHistogram other)
    {
        for (var i = 0; i < Bins; i++)
        {
            positives[i] += other.positives[i];
            negatives[i] += other.negatives[i];
        }

        Positives += other.Positives;
        Negatives += other.Negatives;
    }

    /// <summary>Probability that a random positive scores higher than a random negative, equal bins counted half; null when either label is absent.</summary>
    /// <remarks>Σ_b P_b·(N_{&lt;b} + N_b/2) / (P·N); differs from the exact area by at most ½·Σ_b P_b·N_b / (P·N).</remarks>
    public double? AreaUnderCurve()
    {
        if (Positives == 0 || Negatives == 0)
        {
            return null;
        }

        double wins = 0;
        long below = 0;
        for (var i = 0; i < Bins; i++)
        {
            wins += positives[i] * (below + (negatives[i] / 2.0));
            below += negatives[i];
        }

        return wins / ((double)Positives * Negatives);
    }

    private void Change(double score, bool positive, int by)
    {
        var bin = (int)Math.Clamp(score * Bins, 0, Bins - 1);
        if (positive)
        {
            positives[bin] += by;
            Positives += by;
        }
        else
        {
            negatives[bin] += by;
            Negatives += by;
        }
    }
}
