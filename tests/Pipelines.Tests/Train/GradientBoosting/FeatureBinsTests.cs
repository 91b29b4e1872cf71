using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Tests.Train.GradientBoosting;

public sealed class FeatureBinsTests
{
    [Fact]
    public void Few_values_have_a_bin_each_with_the_threshold_half_way()
    {
        var bins = FeatureBins.Of([5, 1, float.NaN, 2, 1], FeatureBins.MaxBins);

        Assert.Equal((3, 3), (bins.Values, bins.Missing));
        Assert.Equal([1.5f, 3.5f], [bins.Threshold(0), bins.Threshold(1)]);
        Assert.Equal([0, 0, 0, 1, 1, 2, 2, 3], new[] { -9, 1, 1.5f, 1.51f, 3.5f, 3.51f, 99, float.NaN }.Select(v => (int)bins.BinOf(v)));
    }

    [Fact]
    public void Many_values_share_bins_of_equal_numbers_of_rows()
    {
        var column = Enumerable.Range(0, 1000).Select(i => (float)i).ToArray();

        var bins = FeatureBins.Of(column, 11); // 10 for values

        Assert.Equal(10, bins.Values);
        Assert.Equal(Enumerable.Range(0, 10).Select(bin => (bin, 100)), column.GroupBy(v => (int)bins.BinOf(v)).Select(g => (g.Key, g.Count())));
    }

    // 900 times 0 and 1 to 100: the zeros take one bin, the other two bins share the rest.
    [Fact]
    public void A_frequent_value_takes_one_bin_and_leaves_the_others_to_the_rest()
    {
        float[] column = [.. Enumerable.Repeat(0f, 900), .. Enumerable.Range(1, 100).Select(i => (float)i)];

        var bins = FeatureBins.Of(column, 4);

        Assert.Equal([0.5f, 50.5f], [bins.Threshold(0), bins.Threshold(1)]);
    }

    [Fact]
    public void At_most_255_bins_with_the_one_for_missing_values()
    {
        var bins = FeatureBins.Of([.. Enumerable.Range(0, 100_000).Select(i => (float)(i * 7919 % 100_003))], FeatureBins.MaxBins);

        Assert.Equal((254, 254), (bins.Values, bins.Missing));
    }

    [Theory]
    [InlineData(new float[0])]
    [InlineData(new[] { float.NaN, float.NaN })]
    [InlineData(new[] { 3f, 3f })]
    public void A_column_with_nothing_to_tell_apart_has_one_bin(float[] column)
    {
        Assert.Equal(1, FeatureBins.Of(column, FeatureBins.MaxBins).Values);
    }

    [Fact]
    public void Neighbouring_floats_and_infinities_stay_apart()
    {
        float[] values = [float.NegativeInfinity, 1, float.BitIncrement(1), float.MaxValue, float.PositiveInfinity];

        var bins = FeatureBins.Of(values, FeatureBins.MaxBins);

        Assert.Equal([0, 1, 2, 3, 4], values.Select(v => (int)bins.BinOf(v)));
    }
}
