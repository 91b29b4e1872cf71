namespace MlAspire.FeatureStore.Statistics;

/// <summary>Counts of numbers in 513 bins that need not know the numbers before: four to each power of two from 2^-20 to 2^44, of either sign, and one for what is nearer to zero. Two add up. Not thread-safe.</summary>
/// <remarks>5.3 is in [5, 6), -5.3 in (-6, -5]. A bin is at most a quarter as wide as its nearer end; what is beyond 2^44 (1.8e13) is in the last one. The bin of a number is its sign, exponent and first two bits of the fraction.</remarks>
internal sealed class LogHistogram
{
    private const int FractionBits = 50; // of the 52 of a double, those within a bin
    private const int LowestExponent = -20;
    private const int Bins = 64 * 4;
    private const int Zero = Bins;
    private const int First = (1_023 + LowestExponent) << 2;

    private readonly long[] counts = new long[2 * Bins + 1];

    /// <summary>Counts a finite number.</summary>
    public void Add(double value)
    {
        var bin = Math.Clamp((int)(BitConverter.DoubleToInt64Bits(Math.Abs(value)) >> FractionBits) - First, -1, Bins - 1) + 1;
        counts[value < 0 ? Zero - bin : Zero + bin]++;
    }

    /// <summary>Adds what <paramref name="other"/> has counted.</summary>
    public void Add(LogHistogram other)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += other.counts[i];
        }
    }

    /// <summary>The bins that are not empty, ascending.</summary>
    public IEnumerable<(double From, double To, long Count)> NotEmpty() =>
        from bin in counts.Index()
        where bin.Item > 0
        select (bin.Index <= Zero ? -End(Zero - bin.Index + 1) : End(bin.Index - Zero), bin.Index < Zero ? -End(Zero - bin.Index) : End(bin.Index - Zero + 1), bin.Item);

    /// <summary>The magnitude at which the n-th bin from zero begins; the zeroth's end is the first's beginning.</summary>
    private static double End(int bin) => BitConverter.Int64BitsToDouble((long)(First + bin - 1) << FractionBits);
}
