using MlAspire.Monitoring.Panels;

namespace MlAspire.Monitoring.Tests.Panels;

/// <summary>Values by hand, by the rule of Prometheus' histogram_quantile: even within a bucket, from 0 in the first, the last finite bound beyond it.</summary>
public sealed class BucketQuantileTests
{
    // 10 values up to 1, 30 more up to 2, 8 more up to 4, 2 above.
    private static readonly KeyValuePair<double, double>[] Buckets = [new(1, 10), new(2, 40), new(4, 48), new(double.PositiveInfinity, 50)];

    [Theory]
    [InlineData(0, 0)] // rank 0 of the first bucket
    [InlineData(0.1, 0.5)] // rank 5 of 10 between 0 and 1
    [InlineData(0.2, 1)] // rank 10
    [InlineData(0.5, 1.5)] // rank 25: 15 of 30 between 1 and 2
    [InlineData(0.92, 3.5)] // rank 46: 6 of 8 between 2 and 4
    [InlineData(0.96, 4)]
    [InlineData(0.99, 4)] // above all finite bounds
    [InlineData(1, 4)]
    public void It_lies_evenly_in_its_bucket(double quantile, double value) => Assert.Equal(value, BucketQuantile.Of(Buckets, quantile)!.Value, 12);

    [Fact]
    public void Of_nothing_there_is_none()
    {
        Assert.Null(BucketQuantile.Of([], 0.5));
        Assert.Null(BucketQuantile.Of([new(double.PositiveInfinity, 3)], 0.5));
        Assert.Null(BucketQuantile.Of([new(1, 0), new(double.PositiveInfinity, 0)], 0.5));
    }

    [Fact]
    public void An_empty_first_bucket_and_a_bound_below_0_are_taken_as_they_are()
    {
        Assert.Equal(1.5, BucketQuantile.Of([new(1, 0), new(2, 4), new(double.PositiveInfinity, 4)], 0.5)!.Value, 12);
        Assert.Equal(-1, BucketQuantile.Of([new(-1, 4), new(0, 4), new(double.PositiveInfinity, 4)], 0.5)!.Value, 12);
    }
}
