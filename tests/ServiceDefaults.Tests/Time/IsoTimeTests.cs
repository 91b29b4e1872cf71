using System.Globalization;
using System.Text;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.ServiceDefaults.Tests.Time;

public sealed class IsoTimeTests
{
    [Theory]
    [InlineData("2001-03-01T08:00:00-05:00")]
    [InlineData("2001-03-01T13:00Z")]
    [InlineData("2001-03-01T13:00+05:30")]
    [InlineData("2001-03-01T13:00:00Z")]
    [InlineData("2001-03-01T13:00:00.5Z")]
    [InlineData("2001-03-01T13:00:00.1234567+14:00")]
    [InlineData("2000-02-29T23:59:59-00:30")]
    public void A_time_is_read_as_the_framework_reads_it(string text)
    {
        Assert.True(IsoTime.TryParse(text, out var time));
        Assert.True(IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var utf8));
        var expected = DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
        Assert.True(time.EqualsExact(expected) && utf8.EqualsExact(expected));
    }

    [Fact]
    public void Nanoseconds_are_cut_off_at_a_tick()
    {
        Assert.True(IsoTime.TryParse("2001-03-01T13:00:00.123456789Z", out var time));
        Assert.Equal(new DateTimeOffset(2001, 3, 1, 13, 0, 0, TimeSpan.Zero).AddTicks(1_234_567), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2001-03-01")]
    [InlineData("2001-03-01T13:00")]
    [InlineData("2001-03-01T13:00:00")]
    [InlineData("2001-03-01T13:00:00.1234")]
    [InlineData("2001-03-01T13:00:0Z")]
    [InlineData("2001-03-01T13:0:00Z")]
    [InlineData("2001-03-01T13:00:Z")]
    [InlineData("2001-03-01T13:00.5Z")]
    [InlineData("2001-02-29T13:00:00Z")]
    [InlineData("2001-13-01T13:00:00Z")]
    [InlineData("2001-03-01T24:00:00Z")]
    [InlineData("2001-03-01T13:60:00Z")]
    [InlineData("2001-03-01T13:00:60Z")]
    [InlineData("2001-03-01T13:00:00.Z")]
    [InlineData("2001-03-01T13:00:00.1234567890Z")]
    [InlineData("2001-03-01T13:00:00+14:01")]
    [InlineData("2001-03-01T13:00:00+0500")]
    [InlineData("2001-03-01T13:00:00+05")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("2001-03-01 13:00:00Z")]
    [InlineData("2001-03-01T1a:00:00Z")]
    [InlineData("2001-03-01T1\u0130:00:00Z")]
    [InlineData("2001-03-01T13:00:00z")]
    [InlineData("2001-03-01T13:00:00Z ")]
    [InlineData("03/01/2001 13:00:00 +00:00")]
    public void Anything_else_is_none(string text)
    {
        Assert.False(IsoTime.TryParse(text, out _));
        Assert.False(IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Equal("from", Assert.Throws<ServiceError>(() => IsoTime.Parse(text, "from")).Errors.Single().Field);
    }
}
