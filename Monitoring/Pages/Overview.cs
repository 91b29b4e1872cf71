using MlAspire.Monitoring.Summary;

namespace MlAspire.Monitoring.Pages;

/// <summary>What the overview page shows, read once.</summary>
internal sealed class Overview
{
    private readonly IReadOnlyList<WindowSummary> windows;

    /// <param name="wanted">The model to look at closely; null, or one that is not known, means the busiest.</param>
    /// <param name="statistics">Where the figures come from.</param>
    /// <param name="lag">Events that wait on the stream.</param>
    /// <param name="now">The time the page is of.</param>
    public Overview(string? wanted, ModelStatistics statistics, long lag, DateTimeOffset now)
    {
        Models = [.. statistics.Models.Select(statistics.Summary).OfType<ModelSummary>()];
        Selected = Models.FirstOrDefault(model => model.Model == wanted) ?? Models.MaxBy(model => model.Predictions);
        windows = Selected is null ? [] : statistics.History(Selected.Model);
        Span = statistics.Span.TotalMinutes >= 2 ? $"{statistics.Span.TotalMinutes:0} minutes" : $"{statistics.Span.TotalSeconds:0} seconds";
        (Lag, Now) = (lag, now);
    }

    public IReadOnlyList<ModelSummary> Models { get; }

    public ModelSummary? Selected { get; }

    /// <summary>The whole time the figures are of, in words.</summary>
    public string Span { get; }

    public long Lag { get; }

    public DateTimeOffset Now { get; }

    /// <summary>Starts of the windows, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Starts => [.. windows.Select(window => window.Start)];

    public Series Line(string name, string css, Func<WindowSummary, double?> value) => new(name, css, [.. windows.Select(value)]);
}
