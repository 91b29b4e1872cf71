using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Tests.Configuration;

public sealed class TimeRangeTests
{
    private static readonly TimeRangeAttribute Range = new("00:00:00.1", "1.00:00:00");

    [Theory]
    [InlineData(0.0999999, false)]
    [InlineData(0.1, true)]
    [InlineData(86_400, true)]
    [InlineData(86_400.0000001, false)]
    [InlineData(-1, false)]
    public void Both_bounds_are_allowed(double seconds, bool valid) => Assert.Equal(valid, Range.IsValid(TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond))));

    [Fact]
    public void No_value_is_another_attribute_s_matter_and_another_type_is_none() => Assert.Equal((true, false), (Range.IsValid(null), Range.IsValid("00:01:00")));

    [Fact]
    public void The_message_has_the_bounds_as_they_are_written() =>
        Assert.Equal("The field Window must be between 00:00:00.1 and 1.00:00:00.", Range.FormatErrorMessage("Window"));

    [Fact]
    public void Text_that_is_no_time_is_an_error() => Assert.Throws<FormatException>(() => new TimeRangeAttribute("1 s", "00:01:00"));
}
