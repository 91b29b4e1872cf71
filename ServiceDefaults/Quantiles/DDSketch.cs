namespace MlAspire.ServiceDefaults.Quantiles;

/// <summary>Counts positive values in bins whose bounds grow by a constant factor, so that every quantile is known to within <see cref="RelativeAccuracy"/> of its value, whatever the distribution.</summary>
/// <remarks>
/// Values in (<c>min</c>, <c>max</c>] have that accuracy; smaller ones count as <c>min</c>, larger ones as <c>max</c>. The number of bins is fixed, ln(max/min)/ln(γ): 8 bytes each, nothing collapses. Thread-safe without a lock.
/// Source: C. Masson, J. E. Rim, H. K. Lee, <see href="https://www.vldb.org/pvldb/vol12/p2195-masson.pdf">DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees</see>, VLDB 2019:
/// γ = (1 + α) / (1 − α), bin i = ⌈log_γ x⌉ (algorithm 1), value 2γ^i / (γ + 1) (algorithm 2, lemma 2).
/// </remarks>
public sealed class DDSketch
{
    /// <summary>α: |answer − quantile| ≤ α · quantile.</summary>
    public const double RelativeAccuracy = 0.01;

    private const double Gamma = (1 + RelativeAccuracy) / (1 - RelativeAccuracy);
    private static readonly double InverseLogGamma = 1 / Math.Log(Gamma);

    private readonly double min;
    private readonly double max;
    private readonly int first; // the index of bins[0]
    private readonly long[] bins;

    /// <param name="min">Greater than 0.</param>
    /// <param name="max">Greater than <paramref name="min"/>.</param>
    public DDSketch(double min, double max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(min);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(max, min);
        (this.min, this.max) = (min, max);
        first = Index(min);
        bins = new long[Index(max) - first + 1];
    }

    /// <summary>Values counted. O(bins).</summary>
    public long Count => bins.Sum();

    /// <summary>Counts a value; NaN counts as none.</summary>
    public void Add(double value)
    {
        if (!double.IsNaN(value))
        {
            Interlocked.Increment(ref bins[Index(Math.Clamp(value, min, max)) - first]);
        }
    }

    /// <summary>Counts what <paramref name="other"/> has counted too: the same as if this one had seen all of its values.</summary>
    /// <exception cref="ArgumentException">The two have other bounds.</exception>
    public void Add(DDSketch other)
    {
        if (other.first != first || other.bins.Length != bins.Length)
        {
            throw new ArgumentException("only sketches of the same bounds can be merged", nameof(other));
        }

        for (var i = 0; i < bins.Length; i++)
        {
            Interlocked.Add(ref bins[i], Volatile.Read(ref other.bins[i]));
        }
    }

    /// <summary>The values at the ranks ⌊q (n − 1)⌋ of the n counted ones in ascending order, to within the accuracy.</summary>
    /// <param name="quantiles">Each in [0, 1]; ascending.</param>
    /// <returns>NaN for each when nothing has been counted. O(bins).</returns>
    public double[] Quantiles(params ReadOnlySpan<double> quantiles)
    {
        var counts = bins.ToArray(); // one view: others go on counting
        var count = counts.Sum();
        var values = new double[quantiles.Length];
        values.AsSpan().Fill(double.NaN);
        if (count == 0)
        {
            return values;
        }

        var bin = 0;
        var below = counts[0];
        for (var i = 0; i < values.Length; i++)
        {
            while (below <= (long)(quantiles[i] * (count - 1)))
            {
                below += counts[++bin];
            }

            values[i] = 2 * Math.Pow(Gamma, first + bin) / (Gamma + 1);
        }

        return values;
    }

    private static int Index(double value) => (int)Math.Ceiling(Math.Log(value) * InverseLogGamma);
}
