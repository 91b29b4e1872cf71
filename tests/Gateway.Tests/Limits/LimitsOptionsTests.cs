using MlAspire.Gateway.Limits;

namespace MlAspire.Gateway.Tests.Limits;

public sealed class LimitsOptionsTests
{
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(8, 7, false)]
    [InlineData(0, 1, false)]
    [InlineData(1, 100_001, false)]
    public void MinConcurrency_is_within_Concurrency(int least, int most, bool valid) =>
        Assert.Equal(valid, new LimitsOptionsValidator().Validate(null, new() { MinConcurrency = least, Concurrency = most }).Succeeded);

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(60_000, 100, true)]
    [InlineData(0.9, 2, false)]
    [InlineData(60_001, 2, false)]
    [InlineData(1, 0.9, false)]
    [InlineData(1, 101, false)]
    public void Latencies_are_within_their_ranges(double milliseconds, double tolerance, bool valid) =>
        Assert.Equal(valid, new LimitsOptionsValidator().Validate(null, new() { AcceptableLatency = TimeSpan.FromMilliseconds(milliseconds), LatencyTolerance = tolerance }).Succeeded);
}
