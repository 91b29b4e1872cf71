using MlAspire.Pipelines.Replay;

namespace MlAspire.Pipelines.Tests.Replay;

public sealed class PredictionBudgetTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void No_more_than_the_rate_is_given_in_a_second()
    {
        var budget = new PredictionBudget(time, perSecond: 10);

        Assert.Equal([4, 6, 0], Takes(budget, 4, 7, 1));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal([5, 0], Takes(budget, 9, 1));
    }

    [Fact]
    public void What_is_not_used_within_a_second_is_lost()
    {
        var budget = new PredictionBudget(time, perSecond: 10);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(10, budget.Take(100));
    }

    private static int[] Takes(PredictionBudget budget, params int[] wanted) => [.. wanted.Select(budget.Take)];
}
