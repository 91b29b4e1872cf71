using MlAspire.Gateway.Predictions;

namespace MlAspire.Gateway.Tests.Predictions;

public sealed class FloatDistanceTests
{
    // 1 + 2^-23 is the number after 1; between 1 and 2 there are 2^23 steps; the smallest number is one step from zero (IEEE 754 binary32).
    [Theory]
    [InlineData(1f, 1f, 0)]
    [InlineData(1f, 1f + (1f / (1 << 23)), 1)]
    [InlineData(1f, 2f, 1 << 23)]
    [InlineData(0f, float.Epsilon, 1)]
    [InlineData(0f, -0f, 1)]
    [InlineData(float.Epsilon, -float.Epsilon, 3)]
    [InlineData(float.MaxValue, float.PositiveInfinity, 1)]
    [InlineData(float.MinValue, float.MaxValue, (2L * 0x7f7fffff) + 1)]
    public void It_counts_the_steps_between_two_numbers(float a, float b, long steps)
    {
        Assert.Equal(steps, FloatDistance.Ulps(a, b));
        Assert.Equal(steps, FloatDistance.Ulps(b, a));
    }
}
