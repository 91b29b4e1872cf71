using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Statistics;

namespace MlAspire.FeatureStore.Tests.Statistics;

public sealed class NumberStatisticsTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1e9)] // squares of such numbers do not fit a double's 53 bits
    [InlineData(3, -1e9)]
    public void Pieces_added_in_any_order_are_the_whole(int seed, double around)
    {
        var random = new Random(seed);
        var numbers = Enumerable.Range(0, 5_000).Select(_ => around + random.NextDouble() * 100 - 50).ToArray();
        var pieces = new List<NumberStatistics>();
        for (var at = 0; at < numbers.Length;)
        {
            var length = Math.Min(random.Next(1, 400), numbers.Length - at);
            var piece = new NumberStatistics();
            piece.Add<double>(numbers.AsSpan(at, length), new FieldStatus[length], new RowSample(0, 1));
            pieces.Add(piece);
            at += length;
        }
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
        var all = new NumberStatistics();
        pieces.ForEach(all.Add);

        var mean = numbers.Average(number => (decimal)number);
        Assert.Equal((5_000, numbers.Min(), numbers.Max()), (all.Count, all.Min, all.Max));
        Assert.Equal((double)mean, all.Mean, 1e-6);
        Assert.Equal(Math.Sqrt((double)numbers.Average(number => ((decimal)number - mean) * ((decimal)number - mean))), all.StandardDeviation, 1e-6);
        Assert.Equal(Counted(numbers), all.Histogram.NotEmpty());
    }

    [Theory]
    [InlineData(5.3, 5, 6)]
    [InlineData(5, 5, 6)]
    [InlineData(-5.3, -6, -5)]
    [InlineData(-5, -6, -5)]
    [InlineData(1, 1, 1.25)]
    [InlineData(1.9999, 1.75, 2)]
    [InlineData(0, -9.5367431640625e-07, 9.5367431640625e-07)] // 2^-20
    [InlineData(-1e-300, -9.5367431640625e-07, 9.5367431640625e-07)]
    [InlineData(9.5367431640625e-07, 9.5367431640625e-07, 1.1920928955078125e-06)]
    [InlineData(double.MaxValue, 15393162788864, 17592186044416)] // 1.75 times 2^43, to 2^44
    [InlineData(double.MinValue, -17592186044416, -15393162788864)]
    public void A_number_is_in_the_bin_of_its_power_of_two_and_quarter(double number, double from, double to)
    {
        var histogram = new LogHistogram();
        histogram.Add(number);
        Assert.Equal([(from, to, 1)], histogram.NotEmpty());
    }

    [Fact]
    public void Values_that_are_not_there_or_no_numbers_are_left_out()
    {
        var statistics = new NumberStatistics();
        statistics.Add<float>([1, 100, 3, 200, float.NaN, float.PositiveInfinity], [FieldStatus.Present, FieldStatus.Null, FieldStatus.Stale, FieldStatus.Expired, FieldStatus.Present, FieldStatus.Present], new RowSample(0, 1));
        Assert.Equal((2, 2.0, 1.0, 1.0, 3.0), (statistics.Count, statistics.Mean, statistics.StandardDeviation, statistics.Min, statistics.Max));
    }

    private static IEnumerable<(double, double, long)> Counted(double[] numbers)
    {
        var histogram = new LogHistogram();
        foreach (var number in numbers)
        {
            histogram.Add(number);
        }
        return histogram.NotEmpty();
    }
}
