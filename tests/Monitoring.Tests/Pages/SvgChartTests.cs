using MlAspire.Monitoring.Pages;

namespace MlAspire.Monitoring.Tests.Pages;

public sealed class SvgChartTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(-3, 1)]
    [InlineData(0.013, 0.02)]
    [InlineData(1, 1)]
    [InlineData(2.0000001, 5)]
    [InlineData(50, 50)]
    [InlineData(51, 100)]
    [InlineData(1000, 1000)]
    public void The_scale_ends_at_a_round_number(double value, double top) => Assert.Equal(top, SvgChart.NiceTop(value), 9);

    // Two windows, scale 0 to 2: the drawing is 668 wide from x 52, 168 high from y 10.
    [Fact]
    public void Bars_stand_on_each_other_in_proportion()
    {
        DateTimeOffset[] starts = [new(2001, 3, 1, 12, 0, 0, TimeSpan.Zero), new(2001, 3, 1, 12, 1, 0, TimeSpan.Zero)];

        var svg = SvgChart.Bars(starts, [new("a", "a", [1, 0]), new("b", "bad", [1, null])], value => $"{value}");

        Assert.Contains("""<rect class="a" x="53" y="94" width="332" height="84" rx="1"/><rect class="bad" x="53" y="10" width="332" height="84" rx="1"/></svg>""", svg, StringComparison.Ordinal);
        Assert.Contains(">12:01</text>", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_break_at_gaps_and_a_value_alone_is_a_dot()
    {
        var starts = Enumerable.Range(0, 4).Select(i => new DateTimeOffset(2001, 3, 1, 12, i, 0, TimeSpan.Zero)).ToArray();

        var svg = SvgChart.Lines(starts, [new("a", "a", [0, 1, null, 0.5])], value => $"{value}", fixedTop: 1);

        Assert.EndsWith("""<polyline class="a" points="135.5,178 302.5,10"/><circle class="a" cx="636.5" cy="94" r="2.5"/></svg>""", svg, StringComparison.Ordinal);
    }

    // The scale is -2 to 2: 0 is in the middle, at y 94.
    [Fact]
    public void With_a_value_below_0_the_scale_goes_as_far_down_as_up()
    {
        var starts = Enumerable.Range(0, 2).Select(i => new DateTimeOffset(2001, 3, 1, 12, i, 0, TimeSpan.Zero)).ToArray();

        var svg = SvgChart.Lines(starts, [new("a", "a", [-1, 2])], value => $"{value}");

        Assert.EndsWith("""<polyline class="a" points="219,136 553,10"/></svg>""", svg, StringComparison.Ordinal);
        Assert.Equal(["-2", "-1", "0", "1", "2"], svg.Split("text-anchor=\"end\">")[1..6].Select(label => label[..label.IndexOf('<', StringComparison.Ordinal)]));
    }
}
