using MlAspire.Monitoring.Failures;

namespace MlAspire.Monitoring.Tests.Failures;

public sealed class QuantileBinsTests
{
    [Fact]
    public void Few_values_are_bins_of_their_own()
    {
        var bins = new QuantileBins([3, 1, 2.5, 1]);

        Assert.Equal(["1", "2.5", "3"], ((double[])[1, 2.5, 3]).Select(bins.NameOf));
    }

    // 0 to 99: the quarters begin at 25, 50 and 75.
    [Theory]
    [InlineData(0, "< 25")]
    [InlineData(24, "< 25")]
    [InlineData(25, "[25, 50)")]
    [InlineData(74, "[50, 75)")]
    [InlineData(75, ">= 75")]
    [InlineData(99, ">= 75")]
    public void Many_values_are_in_four_bins_of_equally_many(double value, string bin) =>
        Assert.Equal(bin, new QuantileBins([.. Enumerable.Range(0, 100).Select(number => (double)number)]).NameOf(value));

    [Fact]
    public void Where_one_value_fills_several_quarters_there_are_fewer_bins()
    {
        var bins = new QuantileBins([.. Enumerable.Repeat(0.0, 80), .. Enumerable.Range(1, 20).Select(number => (double)number)]);

        Assert.Equal(["< 1", ">= 1"], [bins.NameOf(0), bins.NameOf(20)]);
    }
}
