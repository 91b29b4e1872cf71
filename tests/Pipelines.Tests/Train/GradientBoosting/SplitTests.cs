using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Tests.Train.GradientBoosting;

public sealed class SplitTests
{
    private const long One = 1 << 24;

    private static readonly BoostingOptions Options = new() { L2 = 1, MinChildWeight = 1 };
    private static readonly bool[] Ways = [true, false];

    // Bins of 4 rows each with G = -2, +1, +1 and H = 1. Split after bin 0: (-2)²/(1+1) + 2²/(2+1) - 0 = 2 + 4/3; after bin 1: (-1)²/3 + 1²/2 = 5/6.
    [Fact]
    public void The_gain_is_that_of_both_leaves_less_that_of_one()
    {
        var split = Split.BestOf(3, [new(-2 * One, One, 4), new(One, One, 4), new(One, One, 4), default], Options);

        Assert.Equal(2 + (4 / 3.0), split!.Gain, 9);
        Assert.Equal(new Split(3, 0, false, split.Gain, new(-2 * One, One, 4), new(2 * One, 2 * One, 8)), split);
    }

    // Two bins with G = -1, +1, H = 1, and missing ones with G = +3, H = 1. All: G = 3, H = 3, score 9/4. Missing right: 1/2 + 16/3 - 9/4; missing left: 4/3 + 1/2 - 9/4 < 0.
    [Theory]
    [InlineData(3, false)]
    [InlineData(-3, true)]
    public void Missing_values_go_where_the_gain_is_higher(int gradient, bool left)
    {
        var split = Split.BestOf(0, [new(-One, One, 4), new(One, One, 4), new(gradient * One, One, 4)], Options);

        Assert.Equal(left, split!.MissingLeft);
        Assert.Equal(0.5 + (16 / 3.0) - (9 / 4.0), split.Gain, 9);
    }

    [Theory]
    [InlineData(6, 2, true)]
    [InlineData(2, 6, false)]
    public void Without_missing_values_later_ones_go_with_the_larger_side(int leftRows, int rightRows, bool left)
    {
        var split = Split.BestOf(0, [new(-One, One, leftRows), new(One, One, rightRows), default], Options);

        Assert.Equal(left, split!.MissingLeft);
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.0001, false)]
    public void A_side_needs_the_least_weight(double minChildWeight, bool found)
    {
        var split = Split.BestOf(0, [new(-One, One, 4), new(One, One, 4), default], Options with { MinChildWeight = minChildWeight });

        Assert.Equal(found, split is not null);
    }

    [Fact]
    public void A_leaf_whose_sides_are_alike_is_not_split()
    {
        Assert.Null(Split.BestOf(0, [new(One, One, 4), new(One, One, 4), default], new BoostingOptions { L2 = 0, MinChildWeight = 0.1 }));
    }

    [Fact]
    public void The_best_split_is_the_one_that_trying_all_of_them_finds()
    {
        var random = new Random(42);
        for (var round = 0; round < 300; round++)
        {
            var rows = random.Next(2, 60);
            float[][] columns = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, rows).Select(_ => random.Next(5) == 0 ? float.NaN : random.Next(8)).ToArray())];
            var labels = Enumerable.Range(0, rows).Select(_ => random.Next(3) == 0).ToArray();
            var matrix = new TrainingMatrix(columns, labels, FeatureBins.MaxBins);
            var gradients = new Gradients(rows);
            gradients.Set([.. Enumerable.Range(0, rows).Select(_ => (random.NextDouble() * 4) - 2)], labels);
            var Options = new BoostingOptions { L2 = random.Next(3), MinChildWeight = 0.5 };

            var histogram = new Histogram(matrix);
            histogram.Fill(Enumerable.Range(0, rows).ToArray(), gradients);
            var split = Split.Best(histogram, matrix, Options);

            Assert.Equal(BestGainOfAll(columns, gradients, Options), split?.Gain ?? 0, 9);
        }
    }

    /// <summary>Every threshold of every column, missing values either way, straight from the rows.</summary>
    private static double BestGainOfAll(float[][] columns, Gradients gradients, BoostingOptions Options)
    {
        var best = 0.0;
        foreach (var column in columns)
        {
            foreach (var (threshold, missingLeft) in from value in column where !float.IsNaN(value) from way in Ways select (value, way))
            {
                var (left, right) = (new double[2], new double[2]);
                for (var row = 0; row < column.Length; row++)
                {
                    var side = (float.IsNaN(column[row]) ? missingLeft : column[row] <= threshold) ? left : right;
                    side[0] += gradients.First[row] / (double)One;
                    side[1] += gradients.Second[row] / (double)One;
                }
                // A split of values needs values on both sides: one that only parts the missing ones from the rest is not asked for.
                if (left[1] >= Options.MinChildWeight && right[1] >= Options.MinChildWeight && column.Any(value => value > threshold))
                {
                    best = Math.Max(best, Score(left) + Score(right) - Score([left[0] + right[0], left[1] + right[1]]));
                }
            }
        }
        return best < 1e-9 ? 0 : best;

        double Score(double[] sums) => sums[0] * sums[0] / (sums[1] + Options.L2);
    }
}
