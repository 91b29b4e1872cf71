using MlAspire.Monitoring.Rollouts;

namespace MlAspire.Monitoring.Tests.Rollouts;

public sealed class RolloutsOptionsTests
{
    public static TheoryData<string, RolloutsOptions> Wrong => new()
    {
        { "MaxErrorRateIncrease", new() { MaxErrorRateIncrease = 0.00009 } }, { "MaxErrorRateIncrease", new() { MaxErrorRateIncrease = 0.51 } },
        { "MaxLatencyIncrease", new() { MaxLatencyIncrease = 0 } }, { "MaxLatencyIncrease", new() { MaxLatencyIncrease = double.NaN } },
        { "MaxAucDecrease", new() { MaxAucDecrease = 0 } }, { "MaxAucDecrease", new() { MaxAucDecrease = 0.51 } },
        { "FalseRollBacks", new() { FalseRollBacks = 0 } }, { "FalsePromotions", new() { FalsePromotions = 0.11 } },
        { "Horizon", new() { Horizon = TimeSpan.FromSeconds(59) } }, { "Horizon", new() { Horizon = TimeSpan.FromDays(31) } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_out_of_range_is_refused_by_its_name(string name, RolloutsOptions options) =>
        Assert.Contains(name, new RolloutsOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);

    [Fact]
    public void The_defaults_and_the_ends_of_the_ranges_are_taken()
    {
        RolloutsOptions[] options =
        [
            new(), new() { MaxErrorRateIncrease = 0.0001, MaxLatencyIncrease = 0.01, MaxAucDecrease = 0.001, FalseRollBacks = 0.0001, FalsePromotions = 0.0001, Horizon = TimeSpan.FromMinutes(1) },
            new() { MaxErrorRateIncrease = 0.5, MaxLatencyIncrease = 10, MaxAucDecrease = null, FalseRollBacks = 0.1, FalsePromotions = 0.1, Horizon = TimeSpan.FromDays(30) },
        ];

        Assert.All(options, each => Assert.True(new RolloutsOptionsValidator().Validate(null, each).Succeeded));
    }
}
