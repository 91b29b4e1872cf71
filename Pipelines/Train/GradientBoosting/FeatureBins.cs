namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>Cuts the values of one column into bins of about equal numbers of rows. NaN is a missing value and has the bin after the last.</summary>
/// <remarks>Bin <c>b</c> holds the values in <c>(threshold[b-1], threshold[b]]</c>; the last one has no upper threshold. Immutable.</remarks>
public sealed class FeatureBins
{
    /// <summary>A bin's number fits a byte.</summary>
    public const int MaxBins = 255;

    private readonly float[] thresholds;

    private FeatureBins(float[] thresholds) => this.thresholds = thresholds;

    /// <summary>Number of bins for values; 1 for a column that is constant, or missing throughout.</summary>
    public int Values => thresholds.Length + 1;

    /// <summary>The bin of missing values.</summary>
    public int Missing => thresholds.Length + 1;

    /// <summary>The largest value a split after bin <paramref name="bin"/> sends to the left; between the bin's last value and the next bin's first.</summary>
    /// <param name="bin">0 to <see cref="Values"/> − 2.</param>
    public float Threshold(int bin) => thresholds[bin];

    /// <summary>Chooses the bins for a column; O(n log n).</summary>
    /// <param name="column">Values, shape [rows]; NaN is missing; infinities are values.</param>
    /// <param name="bins">Most bins, the one for missing values included; 2 to <see cref="MaxBins"/>.</param>
    public static FeatureBins Of(ReadOnlySpan<float> column, int bins)
    {
        var sorted = new float[column.Length];
        var count = 0;
        foreach (var value in column)
        {
            if (!float.IsNaN(value))
            {
                sorted[count++] = value;
            }
        }
        Array.Sort(sorted, 0, count);
        return new FeatureBins(Cut(sorted.AsSpan(0, count), bins - 1));
    }

    /// <summary>The bin of a value; <see cref="Missing"/> for NaN. O(log bins).</summary>
    public byte BinOf(float value)
    {
        if (float.IsNaN(value))
        {
            return (byte)Missing;
        }
        var (low, high) = (0, thresholds.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = value <= thresholds[middle] ? (low, middle) : (middle + 1, high);
        }
        return (byte)low;
    }

    /// <summary>A bin is closed when it has its share of the rows that are left, or when every distinct value can have a bin of its own.</summary>
    private static float[] Cut(ReadOnlySpan<float> sorted, int bins)
    {
        var thresholds = new List<float>();
        var distinctLeft = Distinct(sorted);
        var start = 0;
        for (var i = 1; i < sorted.Length && thresholds.Count < bins - 1; i++)
        {
            if (sorted[i] == sorted[i - 1])
            {
                continue;
            }
            distinctLeft--;
            var binsLeft = bins - thresholds.Count;
            if (i - start >= (sorted.Length - start) / (double)binsLeft || distinctLeft < binsLeft)
            {
                thresholds.Add(Between(sorted[i - 1], sorted[i]));
                start = i;
            }
        }
        return [.. thresholds];
    }

    private static int Distinct(ReadOnlySpan<float> sorted)
    {
        var distinct = sorted.Length > 0 ? 1 : 0;
        for (var i = 1; i < sorted.Length; i++)
        {
            distinct += sorted[i] == sorted[i - 1] ? 0 : 1;
        }
        return distinct;
    }

    /// <summary>The middle, rounded to a float that is at least <paramref name="low"/> and below <paramref name="high"/>.</summary>
    private static float Between(float low, float high)
    {
        var middle = (float)((low / 2.0) + (high / 2.0));
        return middle >= low && middle < high ? middle : low;
    }
}
