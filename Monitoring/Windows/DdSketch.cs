namespace MlAspire.Monitoring.Windows;

/// <summary>Counts values in buckets that grow geometrically, so that every quantile has a bounded relative error.</summary>
/// <remarks>
/// Bucket <c>i</c> holds <c>(γ^(i-1), γ^i]</c> with <c>γ = (1 + α) / (1 - α)</c> and answers <c>2γ^i / (γ + 1)</c>, which is within α of every value in it.
/// Values below <see cref="Smallest"/> count as it, values above <see cref="Largest"/> as that; the guarantee holds between the two. Memory is fixed (about 4 KB).
/// Merging adds counts: exact, in any order. Not thread-safe.
/// Source: Masson, Rim, Lee, "DDSketch", VLDB 2019, <see href="https://arxiv.org/abs/1908.10693">arXiv:1908.10693</see>, sections 2.1 and 2.2.
/// </remarks>
internal sealed class DdSketch
{
    /// <summary>α: a quantile differs from the exact one by at most this share of it.</summary>
    public const double RelativeAccuracy = 0.01;

    /// <summary>Milliseconds here, or whatever unit the caller counts in.</summary>
    public const double Smallest = 0.001;

    public const double Largest = 1_000_000;

    private const double Gamma = (1 + RelativeAccuracy) / (1 - RelativeAccuracy);

    private static readonly double LogGamma = Math.Log(Gamma);
    private static readonly int Lowest = IndexOf(Smallest);

    private readonly int[] buckets = new int[IndexOf(Largest) - Lowest + 1];

    public long Count { get; private set; }

    /// <param name="value">Any number; NaN is refused.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN.</exception>
    public void Add(double value)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(double.IsNaN(value), true, nameof(value));
        buckets[IndexOf(Math.Clamp(value, Smallest, Largest)) - Lowest]++;
        Count++;
    }

    /// <summary>Afterwards this sketch is as if it had been given <paramref name="other"/>'s values too.</summary>
    public void Merge(DdSketch other)
    {
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] += other.buckets[i];
        }

        Count += other.Count;
    }

    /// <summary>The value of rank <c>⌊q · (count - 1)⌋</c> (0 = smallest), within <see cref="RelativeAccuracy"/>; null when nothing was counted.</summary>
    /// <param name="q">In [0, 1].</param>
    public double? Quantile(double q)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(q);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(q, 1);
        if (Count == 0)
        {
            return null;
        }

        var rank = (long)(q * (Count - 1));
        var bucket = 0;
        for (long seen = buckets[0]; seen <= rank; seen += buckets[bucket])
        {
            bucket++;
        }

        return 2 * Math.Pow(Gamma, bucket + Lowest) / (Gamma + 1);
    }

    private static int IndexOf(double value) => (int)Math.Ceiling(Math.Log(value) / LogGamma);
}
