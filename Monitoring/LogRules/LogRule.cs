using MlAspire.Monitoring.Logs;

namespace MlAspire.Monitoring.LogRules;

/// <summary>A rule and the lines of its window, counted by second. Owned by one loop.</summary>
internal sealed class LogRule(LogRuleOptions options)
{
    private readonly LogFilter filter = new(options.Where.AsReadOnly(), options.Level);
    private readonly SortedDictionary<long, int> seconds = []; // at most the seconds of the window

    public LogRuleOptions Options => options;

    /// <summary>Since when it fires; null = it does not.</summary>
    public DateTimeOffset? Since { get; private set; }

    public int CountInWindow => seconds.Values.Sum();

    /// <summary>Counts the line if it is one of the rule's.</summary>
    /// <exception cref="System.Text.Json.JsonException">It is no line.</exception>
    public bool Take(ReadOnlySpan<byte> line, DateTimeOffset now)
    {
        if (!filter.Matches(line, out var time))
        {
            return false;
        }

        var second = Math.Min(time.ToUnixTimeSeconds(), now.ToUnixTimeSeconds()); // the clock of another machine may be ahead
        seconds[second] = seconds.GetValueOrDefault(second) + 1;
        return true;
    }

    /// <summary>Forgets what has left the window, and says whether the rule began or ceased to fire.</summary>
    public bool Changes(DateTimeOffset now)
    {
        var first = (now - options.Window).ToUnixTimeSeconds();
        while (seconds.Count > 0 && seconds.Keys.First() is var oldest && oldest <= first)
        {
            seconds.Remove(oldest);
        }

        var fires = CountInWindow >= options.Count;
        if (fires == Since is not null)
        {
            return false;
        }

        Since = fires ? now : null;
        return true;
    }
}
