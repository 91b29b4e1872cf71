using System.Globalization;
using System.Text;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class ShortDecimalTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-7, "-7")]
    [InlineData(12.125f, "12.125")]
    [InlineData(-0.05f, "-0.05")]
    [InlineData(0.001f, "0.001")]
    [InlineData(1000.5f, "")] // 1,000,500 thousandths are seven digits
    [InlineData(999_999, "999999")]
    [InlineData(1_000_000, "")]
    [InlineData(0.0005f, "")]
    [InlineData(-0f, "")]
    [InlineData(float.NaN, "")]
    [InlineData(float.PositiveInfinity, "")]
    [InlineData(float.Epsilon, "")]
    public void A_float_of_at_most_six_digits_and_three_decimals_has_a_short_text(float value, string expected) => Assert.Equal(expected, Text(to => ShortDecimal.Format(value, to)));

    [Theory]
    [InlineData(0.1 + 0.2, "")]
    [InlineData(123_456_789_012.345, "123456789012.345")]
    [InlineData(-999_999_999_999_999, "-999999999999999")]
    [InlineData(1e15, "")]
    [InlineData(1_000_000_000_000.125, "")]
    [InlineData(double.NegativeInfinity, "")]
    public void A_double_of_at_most_fifteen_digits_and_three_decimals_has_a_short_text(double value, string expected) => Assert.Equal(expected, Text(to => ShortDecimal.Format(value, to)));

    [Fact]
    public void A_short_text_is_the_one_that_the_framework_writes()
    {
        var random = new Random(3);
        var texts = 0;
        for (var i = 0; i < 400_000; i++)
        {
            // Any bits; decimals of any number of digits, and their neighbours.
            var number = random.NextInt64(-2_000_000, 2_000_000) / Math.Pow(10, random.Next(5)) * Math.Pow(10, random.Next(10));
            foreach (var value in new[] { BitConverter.Int64BitsToDouble(random.NextInt64()), number, Math.BitIncrement(number) })
            {
                texts += Same(Text(to => ShortDecimal.Format(value, to)), value.ToString(CultureInfo.InvariantCulture));
                texts += Same(Text(to => ShortDecimal.Format((float)value, to)), ((float)value).ToString(CultureInfo.InvariantCulture));
            }
        }
        Assert.InRange(texts, 400_000, int.MaxValue);
    }

    private static int Same(string text, string framework)
    {
        if (text.Length == 0)
        {
            return 0;
        }
        Assert.Equal(framework, text);
        return 1;
    }

    private static string Text(Formatter format)
    {
        var to = new byte[ShortDecimal.MaxLength];
        return Encoding.ASCII.GetString(to, 0, format(to));
    }

    private delegate int Formatter(Span<byte> to);
}
