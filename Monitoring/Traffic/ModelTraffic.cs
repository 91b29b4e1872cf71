using MlAspire.Monitoring.Windows;

namespace MlAspire.Monitoring.Traffic;

/// <summary>One model's predictions in windows of 10 s, and whether the newest are a spike: many times the median of the ten minutes before. What lasts becomes usual. Not thread-safe.</summary>
internal sealed class ModelTraffic(TrafficOptions options)
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private const int Usual = 60; // windows
    private const int Fewest = 6; // without as many nothing is usual yet

    private readonly TimeWindows<Count> windows = new(Window, Usual + 2); // the newest whole one, and the one that is under way
    private DateTimeOffset? first;

    /// <summary>Since when there is a spike; null = there is none.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>Predictions a second, in the newest window that is over.</summary>
    public double Rate { get; private set; }

    /// <summary>Predictions a second in the median of the windows before.</summary>
    public double UsualRate { get; private set; }

    public void Add(DateTimeOffset time, DateTimeOffset now)
    {
        if (windows.At(time, now) is { } window)
        {
            window.Predictions++;
            first = first < time ? first : time;
        }
    }

    /// <summary>Looks at the newest window that is over, and says whether a spike began or ended. It ends at half of what it begins with.</summary>
    public bool Changes(DateTimeOffset now)
    {
        var over = windows.Latest(now).SkipLast(1).Where(window => window.Start + Window > first).Select(window => window.Value?.Predictions ?? 0).ToArray();
        if (over.Length <= Fewest)
        {
            return false;
        }

        var (newest, usual) = (over[^1], over[..^1].Order().ElementAt((over.Length - 1) / 2));
        (Rate, UsualRate) = (newest / Window.TotalSeconds, usual / Window.TotalSeconds);
        var least = Math.Max(options.SpikeFactor * usual, options.SpikePredictions);
        var spikes = newest >= (Since is null ? least : least / 2);
        if (spikes == Since is not null)
        {
            return false;
        }

        Since = spikes ? now : null;
        return true;
    }

    private sealed class Count
    {
        public int Predictions { get; set; }
    }
}
