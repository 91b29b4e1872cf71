using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Tests.Statistics;

/// <summary>Expected values: sums of binomial coefficients as exact fractions, rounded once.</summary>
public sealed class FisherExactTestTests
{
    [Theory]
    [InlineData(3, 4, 1, 4, 17.0 / 70)] // the lady tasting tea
    [InlineData(4, 4, 0, 4, 1.0 / 70)]
    [InlineData(10, 13, 2, 17, 0.00046518094336290503)] // Fisher's convicted twins
    [InlineData(12, 1_000, 88, 19_000, 0.004172712788521603)]
    [InlineData(60, 1_000, 40, 19_000, 3.19939880419495e-52)]
    [InlineData(1, 10, 0, 1, 10.0 / 11)]
    public void It_is_the_exact_probability_of_so_many_or_more(long failures, long requests, long otherFailures, long otherRequests, double expected) =>
        Assert.Equal(1, FisherExactTest.Probability(failures, requests, otherFailures, otherRequests) / expected, 8);

    [Theory]
    [InlineData(0, 10, 5, 10)]
    [InlineData(5, 10, 5, 10)]
    [InlineData(0, 10, 0, 10)]
    [InlineData(10, 10, 10, 10)]
    [InlineData(0, 0, 1, 10)]
    public void Who_does_not_fail_more_often_has_one(long failures, long requests, long otherFailures, long otherRequests) =>
        Assert.Equal(1, FisherExactTest.Probability(failures, requests, otherFailures, otherRequests));
}
