using Microsoft.Extensions.Options;
using MlAspire.Pipelines.Replay;

namespace MlAspire.Pipelines.Tests.Replay;

public sealed class ReplayOptionsTests
{
    [Theory]
    [InlineData("2001-02-24T12:00:00Z", 12)]
    [InlineData("2001-02-24T07:00-05:00", 12)]
    [InlineData("2001-02-24T12:00:00+00:00", 12)]
    public void The_start_is_a_time_with_its_offset(string from, int utcHour)
    {
        var options = new ReplayOptions { From = from };

        Assert.True(Validate(options).Succeeded);
        Assert.Equal(new DateTimeOffset(2001, 2, 24, utcHour, 0, 0, TimeSpan.Zero), options.Start);
    }

    [Theory]
    [InlineData("2001-02-24T12:00:00")]
    [InlineData("2001-02-24")]
    [InlineData("2001-02-30T12:00:00Z")]
    [InlineData("yesterday")]
    public void A_start_without_its_offset_is_refused_with_an_example(string from)
    {
        var result = Validate(new ReplayOptions { From = from });

        Assert.Equal("From: Replay:From must be an ISO 8601 time with its UTC offset, e.g. 2001-03-01T08:00:00-05:00", result.FailureMessage);
    }

    public static TheoryData<ReplayOptions, string?> Limits => new()
    {
        { new() { Speed = 0.1 }, null },
        { new() { Speed = 0.09 }, "Speed" },
        { new() { Speed = 1_000_000 }, null },
        { new() { Speed = 1_000_001 }, "Speed" },
        { new() { Speed = double.NaN }, "Speed" },
        { new() { Limit = -1 }, "Limit" },
        { new() { WarmUpDays = 0 }, null },
        { new() { WarmUpDays = 30 }, null },
        { new() { WarmUpDays = 31 }, "WarmUpDays" },
        { new() { PredictRate = 1 }, null },
        { new() { PredictRate = 0 }, "PredictRate" },
        { new() { PredictRate = 100_001 }, "PredictRate" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Numbers_have_limits(ReplayOptions options, string? wrong)
    {
        var result = Validate(options);

        Assert.Equal(wrong is null, result.Succeeded);
        Assert.StartsWith(wrong is null ? "" : $"{wrong}: ", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private static ValidateOptionsResult Validate(ReplayOptions options) => new ReplayOptionsValidator().Validate(null, options);
}
