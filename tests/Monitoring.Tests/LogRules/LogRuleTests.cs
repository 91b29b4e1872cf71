using System.Text;
using MlAspire.Monitoring.LogRules;
using static MlAspire.Monitoring.Tests.Logs.LogsFolder;

namespace MlAspire.Monitoring.Tests.LogRules;

public sealed class LogRuleTests
{
    private readonly LogRule rule = new(new LogRuleOptions { Name = "features_missing", Where = { ["event"] = "feature_missing" }, Count = 5, Window = TimeSpan.FromMinutes(1) });

    [Fact]
    public void It_fires_at_its_count_within_the_window_and_ends_when_they_have_left_it()
    {
        for (var second = 0; second < 4; second++)
        {
            Assert.True(Take(second));
        }
        Assert.False(rule.Changes(Noon.AddSeconds(4)));

        Assert.True(Take(59));
        Assert.True(rule.Changes(Noon.AddSeconds(59)));
        Assert.Equal((Noon.AddSeconds(59), 5), (rule.Since, rule.CountInWindow));
        Assert.False(rule.Changes(Noon.AddSeconds(59.5)));

        Assert.True(rule.Changes(Noon.AddSeconds(60)));
        Assert.Equal((null, 4), (rule.Since, rule.CountInWindow));
    }

    [Fact]
    public void Five_lines_in_more_than_the_window_do_not_fire()
    {
        for (var second = 0; second < 5; second++)
        {
            Take(second * 20);
            Assert.False(rule.Changes(Noon.AddSeconds(second * 20)));
        }
    }

    [Fact]
    public void A_line_of_a_clock_that_is_ahead_counts_now()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.True(rule.Take(Encoding.UTF8.GetBytes(Line(86_400, "x", ("event", "feature_missing"))), Noon));
        }

        Assert.True(rule.Changes(Noon));
        Assert.True(rule.Changes(Noon.AddMinutes(1)));
    }

    [Fact]
    public void Other_lines_do_not_count() => Assert.False(rule.Take(Encoding.UTF8.GetBytes(Line(0, "feature_missing", ("event", "other"))), Noon));

    private bool Take(int second) => rule.Take(Encoding.UTF8.GetBytes(Line(second, "x", ("event", "feature_missing"))), Noon.AddSeconds(second));
}
