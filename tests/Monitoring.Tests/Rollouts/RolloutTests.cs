using MlAspire.Monitoring.Rollouts;

namespace MlAspire.Monitoring.Tests.Rollouts;

[Collection(nameof(Alone))]
public sealed class RolloutTests
{
    [Fact]
    public void Of_a_thousand_equal_canaries_at_most_one_percent_is_rolled_back_and_all_others_are_promoted()
    {
        var verdicts = Verdicts(new(), runs: 1_000);

        Assert.InRange(verdicts.Count(verdict => verdict == VerdictKind.RollBack), 0, 10);
        Assert.All(verdicts, verdict => Assert.Contains(verdict, (VerdictKind?[])[VerdictKind.RollBack, VerdictKind.Promote]));
    }

    public static TheoryData<string> BadCanaries => ["latency", "auc", "error_rate"];

    [Theory]
    [MemberData(nameof(BadCanaries))]
    public void A_canary_that_is_worse_by_a_margin_is_rolled_back(string by)
    {
        var verdicts = Verdicts(by switch
        {
            "latency" => new() { Slower = 1.3 },
            "auc" => new() { Worse = true },
            _ => new() { CanaryErrorRate = 0.011 },
        }, runs: 100);

        Assert.InRange(verdicts.Count(verdict => verdict == VerdictKind.RollBack), 97, 100); // false promotions are 1 % each
    }

    [Fact]
    public void What_is_surely_slower_but_by_less_than_half_of_the_margin_is_promoted() =>
        Assert.Equal(VerdictKind.Promote, new SimulatedCanary { Slower = 1.08, Paired = false, MostRequests = 200_000 }.Run(1).Verdict);

    [Fact]
    public void Without_pairs_it_takes_more_requests_and_comes_to_the_same()
    {
        var (verdict, requests) = new SimulatedCanary { Paired = false, MostRequests = 200_000 }.Run(1);

        Assert.Equal(VerdictKind.Promote, verdict);
        Assert.InRange(requests, 5 * new SimulatedCanary().Run(1).Requests, 200_000);
    }

    [Fact]
    public void Entities_that_fail_whoever_answers_them_are_not_held_against_the_side_that_they_are_on()
    {
        var verdicts = Verdicts(new() { Poisoned = 0.01, MostRequests = 10_000 }, runs: 100);

        Assert.InRange(verdicts.Count(verdict => verdict == VerdictKind.RollBack), 0, 3);
    }

    [Fact]
    public void A_tenth_of_the_requests_is_enough_to_roll_back_what_always_fails_within_thousands()
    {
        var (verdict, requests) = new SimulatedCanary { Weight = 0.1, CanaryErrorRate = 1 }.Run(1);

        Assert.Equal(VerdictKind.RollBack, verdict);
        Assert.InRange(requests, 1, 3_000);
    }

    [Fact]
    public void Where_nobody_reports_outcomes_it_is_judged_by_errors_and_latency_alone()
    {
        var (verdict, _) = new SimulatedCanary { Worse = true, Options = new() { MaxAucDecrease = null } }.Run(1);

        Assert.Equal(VerdictKind.Promote, verdict);
    }

    [Fact]
    public void What_is_not_judged_at_the_horizon_is_paused_with_what_is_not_known_of_it()
    {
        var start = new DateTimeOffset(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var rollout = new Rollout(new("m", start, "1", "2", false), new() { Horizon = TimeSpan.FromHours(1) });

        rollout.Judge(start + TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.Null(rollout.Verdict);
        rollout.Judge(start + TimeSpan.FromHours(1));

        Assert.Equal(new Verdict(VerdictKind.Pause, "too little is known at the horizon of error_rate, latency, auc"), rollout.Verdict);
    }

    private static VerdictKind?[] Verdicts(SimulatedCanary canary, int runs) =>
        [.. Enumerable.Range(0, runs).AsParallel().WithDegreeOfParallelism(Environment.ProcessorCount).Select(seed => canary.Run(seed).Verdict)];
}
