using MlAspire.ServiceDefaults.Http;

namespace MlAspire.ServiceDefaults.Tests.Http;

public sealed class CallBudgetTests
{
    [Fact]
    public void It_starts_with_the_burst_and_earns_a_share_of_each_call()
    {
        var budget = new CallBudget(share: 0.25, burst: 2);

        Assert.Equal([true, true, false], [budget.TryTake(), budget.TryTake(), budget.TryTake()]);
        Assert.Equal(25, Enumerable.Range(0, 100).Count(_ => Earned()));

        bool Earned()
        {
            budget.Earn();
            return budget.TryTake();
        }
    }

    [Fact]
    public void A_long_time_without_failures_saves_no_more_than_the_burst()
    {
        var budget = new CallBudget(1, 3);
        for (var i = 0; i < 1_000; i++)
        {
            budget.Earn();
        }

        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => budget.TryTake()));
    }
}
