using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Tests.Rollouts;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1.959963984540054, 0.025)]
    [InlineData(-1.959963984540054, 0.975)]
    [InlineData(2.9999999, 0.00134989847)]
    [InlineData(3, 0.00134989803163)]
    [InlineData(6, 9.86587645037698e-10)] // Abramowitz and Stegun, table 26.2
    public void The_normal_tail_is_that_of_the_tables(double z, double tail) => Assert.Equal(1, NormalDistribution.UpperTail(z) / tail, 1e-8);

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.025, 1.959963984540054)]
    [InlineData(0.001, 3.090232306167813)]
    public void The_normal_quantile_is_that_of_the_tables(double probability, double z) => Assert.Equal(z, NormalDistribution.UpperQuantile(probability), 1e-9);

    [Fact]
    public void The_influence_of_a_cell_on_a_mean_is_what_its_values_are_off()
    {
        var mean = new CellMean();
        mean.Add(1, 1);
        mean.Add(1, 3);
        mean.Add(2, 8);

        var estimate = mean.Estimate();

        Assert.Equal(4, estimate.Value);
        Assert.Equal([(1, -4.0 / 3), (2, 4.0 / 3)], estimate.Influences.OrderBy(cell => cell.Key).Select(cell => (cell.Key, cell.Value)));
    }

    // Positives 0.4 and 0.8, negatives 0.2 and 0.6: three of four pairs are in order; 0.4 is over half of the negatives, 0.6 under half of the positives.
    [Fact]
    public void An_area_and_its_influences_are_those_of_its_pairs()
    {
        var estimate = Auc((0, 0.4, true), (1, 0.8, true), (2, 0.2, false), (3, 0.6, false)).Estimate();

        Assert.Equal(0.75, estimate.Value);
        Assert.Equal([-0.125, 0.125, 0.125, -0.125], estimate.Influences.OrderBy(cell => cell.Key).Select(cell => cell.Value));
    }

    [Fact]
    public void Equal_scores_count_half()
    {
        var estimate = Auc((0, 0.5, true), (1, 0.5, false), (2, 0.9, true)).Estimate();

        Assert.Equal(0.75, estimate.Value);
    }

    [Fact]
    public void Of_pairs_that_say_the_same_there_is_no_difference_and_no_doubt()
    {
        var estimate = Auc((0, 0.4, true), (1, 0.8, true), (2, 0.2, false), (3, 0.6, false)).Estimate();

        Assert.Equal((0, 0), (Difference.Of(estimate, estimate).Value, Difference.Of(estimate, estimate).StandardError));
    }

    // Cells of one value each are a sample: 1, 2, 3, 4 has the mean 2.5 and the error √((5/3)/4); its kurtosis gives 2·5² / (10.25 − 5²/4) = 12.5 degrees, and there are 3.
    [Fact]
    public void The_error_of_a_mean_of_single_values_is_that_of_the_textbook()
    {
        var mean = new CellMean();
        for (var value = 1; value <= 4; value++)
        {
            mean.Add(value, value);
        }

        var difference = Difference.Of(mean.Estimate(), new(0, new Dictionary<int, double>()));

        Assert.Equal((2.5, 3), (difference.Value, difference.DegreesOfFreedom));
        Assert.Equal(Math.Sqrt(5.0 / 12), difference.StandardError, 1e-12);
    }

    [Theory]
    [InlineData(2.570581835636314, 5, 0.025)] // Student's t, the tables' 0.975 quantiles
    [InlineData(2.042272456301238, 30, 0.025)]
    public void A_difference_is_judged_by_students_t(double t, double degrees, double probability) =>
        Assert.Equal(probability, new Difference(t, 1, degrees).ProbabilityAbove(), 5e-4);

    [Fact]
    public void All_looks_together_spend_what_they_may_and_half_of_it_at_the_full_one()
    {
        var plan = new LookPlan(0.01, 0.01);

        Assert.Equal(0.01, Enumerable.Range(1, 60).Sum(plan.SpentAt), 1e-12);
        Assert.Equal(0.005, plan.SpentAt(LookPlan.Full));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.0156, 0)]
    [InlineData(1.0 / 64, 1)]
    [InlineData(0.99, 6)]
    [InlineData(1, 7)]
    [InlineData(2, 8)]
    [InlineData(1e6, 26)]
    [InlineData(double.NaN, 0)]
    public void A_look_comes_with_each_doubling_of_the_information(double information, int look) => Assert.Equal(look, LookPlan.LookAt(information));

    private static CellAuc Auc(params (int Cell, double Score, bool Positive)[] rows)
    {
        var auc = new CellAuc();
        foreach (var (cell, score, positive) in rows)
        {
            auc.Add(cell, score, positive);
        }

        return auc;
    }
}
