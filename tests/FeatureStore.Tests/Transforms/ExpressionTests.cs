using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.Tests.Transforms;

public sealed class ExpressionTests
{
    private static readonly (string, ExpressionKind?)[] Inputs = [("x", ExpressionKind.Number), ("nothing", ExpressionKind.Number), ("yes", ExpressionKind.Bool), ("maybe", ExpressionKind.Bool), ("text", null)];

    [Theory]
    [InlineData("1 + 2 * 3 - 4 / 8", 6.5)]
    [InlineData("(1 + 2) * -3", -9.0)]
    [InlineData("10 - 4 - 3", 3.0)] // from the left
    [InlineData("1.5e2", 150.0)]
    [InlineData("x", 8.0)]
    [InlineData("--x", 8.0)]
    [InlineData("min(x, 3) + max(x, 3) + abs(-1) + floor(2.9)", 14.0)]
    [InlineData("clip(x, -1, 5) + clip(-x, -1, 5) + clip(2, -1, 5)", 6.0)]
    [InlineData("sqrt(x + 1) + log(exp(2))", 5.0)]
    [InlineData("coalesce(nothing, x)", 8.0)]
    [InlineData("coalesce(x, nothing)", 8.0)]
    [InlineData("if(x > 7, 1, 2)", 1.0)]
    [InlineData("if(x > 7 && x < 8, 1, 2)", 2.0)]
    [InlineData("if(yes, nothing, x)", null)]
    [InlineData("if(!yes, nothing, x)", 8.0)]
    [InlineData("if(maybe, 1, 2)", null)]
    [InlineData("if(is_null(nothing), 1, 2)", 1.0)]
    [InlineData("if(is_null(maybe) == yes, 1, 2)", 1.0)]
    [InlineData("nothing + 1", null)]
    [InlineData("number(nothing < 1)", null)]
    [InlineData("number(maybe || yes)", null)]
    [InlineData("number(x >= 8 || x != 8)", 1.0)]
    [InlineData("number(1 < 2 == 3 <= 3)", 1.0)]
    [InlineData("number(coalesce(maybe, yes))", 1.0)]
    [InlineData("1 / 0", null)]
    [InlineData("log(0)", null)]
    [InlineData("sqrt(-1)", null)]
    [InlineData("exp(1000) * 0", null)]
    [InlineData("minute_of_day()", 1410.0)] // 23:30 on the clock of the moment as given, where it is Sunday still
    [InlineData("day_of_week()", 7.0)]
    [InlineData("cycle_sin(minute_of_day(), 1410 * 4)", 1.0)] // a quarter of the way round
    [InlineData("cycle_cos(x, 4)", 1.0)] // twice round
    public void A_value_is_what_arithmetic_says_and_null_where_there_is_none(string text, double? expected)
    {
        var value = ExpressionParser.Parse(text, Inputs).Evaluate([8, double.NaN, 1, double.NaN, double.NaN], new DateTimeOffset(2001, 4, 1, 23, 30, 59, TimeSpan.FromHours(-5)));
        if (expected is { } number)
        {
            Assert.Equal(number, value, 1e-12);
        }
        else
        {
            Assert.True(double.IsNaN(value), $"{value} is a value");
        }
    }

    [Theory]
    [InlineData("", "character 1: a value is expected")]
    [InlineData("1 +", "character 4: a value is expected")]
    [InlineData("1 2", "character 3: an operator or the end is expected")]
    [InlineData("(1", "character 3: ')' is expected")]
    [InlineData("1..2", "character 5: a number is expected")]
    [InlineData("1e999", "character 6: a number is expected")]
    [InlineData("y + 1", "character 1: there is no feature 'y' before it in the service")]
    [InlineData("text + 1", "character 1: 'text' is neither a number nor a BOOL")]
    [InlineData("tan(1)", "character 1: there is no function 'tan'")]
    [InlineData("x + yes", "character 3: '+' takes (number, number), not (number, BOOL)")]
    [InlineData("if(x, 1, 2)", "character 1: 'if' takes (BOOL, number, number) or (BOOL, BOOL, BOOL), not (number, number, number)")]
    [InlineData("clip(1, 2)", "character 1: 'clip' takes (number, number, number), not (number, number)")]
    [InlineData("minute_of_day(1)", "character 1: there is no function 'minute_of_day'")]
    [InlineData("x = 1", "character 3: an operator or the end is expected")]
    public void What_is_wrong_is_said_with_its_place(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => ExpressionParser.Parse(text, Inputs)).Message);

    [Fact]
    public void Length_and_depth_are_bounded()
    {
        Assert.Equal(0, ExpressionParser.Parse($"0{new string(' ', 999)}", Inputs).Evaluate([], default));
        Assert.Equal("has more than 1000 characters", Assert.Throws<FormatException>(() => ExpressionParser.Parse($"0{new string(' ', 1_000)}", Inputs)).Message);
        Assert.Equal(-1, ExpressionParser.Parse($"{new string('-', 49)}1", Inputs).Evaluate([], default));
        Assert.Equal("character 51: is nested deeper than 50", Assert.Throws<FormatException>(() => ExpressionParser.Parse($"{new string('-', 50)}1", Inputs)).Message);
    }
}
