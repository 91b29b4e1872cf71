namespace MlAspire.Monitoring.Panels;

/// <summary>Quantiles of a histogram's buckets. Pure.</summary>
internal static class BucketQuantile
{
    /// <summary>The value at a rank, as if the values of a bucket lay evenly in it: no further from the true one than the bucket is wide.</summary>
    /// <param name="buckets">By upper bound, ascending, the last +Inf: how many values are at most the bound.</param>
    /// <param name="quantile">0 to 1.</param>
    /// <returns>Null when there are no values; in the last bucket its lower bound, for it has no other.</returns>
    /// <remarks>Source: <see href="https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile">histogram_quantile</see>.</remarks>
    public static double? Of(IReadOnlyList<KeyValuePair<double, double>> buckets, double quantile)
    {
        if (buckets.Count < 2 || buckets[^1].Value <= 0)
        {
            return null;
        }

        var rank = quantile * buckets[^1].Value;
        var found = buckets.TakeWhile(bucket => bucket.Value < rank).Count();
        if (found >= buckets.Count - 1)
        {
            return buckets[^2].Key;
        }

        var (bound, below) = buckets[found];
        if (found == 0 && bound <= 0)
        {
            return bound;
        }

        var (lower, before) = found == 0 ? new(0, 0) : buckets[found - 1];
        return below > before ? lower + ((bound - lower) * (rank - before) / (below - before)) : lower;
    }
}
