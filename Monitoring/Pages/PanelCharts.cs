using System.Globalization;
using MlAspire.Monitoring.Panels;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary>The configured panels as markup, each a chart. Pure.</summary>
internal static class PanelCharts
{
    private static readonly string[] Colours = ["a", "b", "c", "d", "e", "f", "g", "h"];

    public static string Render(PanelBoard board) => string.Concat(board.Panels.Select(panel => $"""
        <section>
        <h2>{Encode(panel.Options.Title)}</h2>
        {(panel.Series.Count == 0 ? """<p class="note">No data yet.</p>""" : Chart(panel))}
        <p class="note"><code>{panel.Options.Metric}</code> {Encode(Explanation(panel))}</p>
        </section>
        """));

    /// <summary>The axis has one unit, so that its labels are round; the newest values have each its own.</summary>
    private static string Chart(PanelState panel)
    {
        var units = UnitsOf(panel);
        var axis = Fitting(units, panel.Series.Max(series => series.Value.Max(value => Math.Abs(value ?? 0))));
        var legend = panel.Series.Select((series, i) => $"""<span class="{Colours[i]}">{Encode(series.Key.Length == 0 ? "all" : series.Key)} <b>{(series.Value[^1] is { } newest ? Text(newest, Fitting(units, newest)) : "–")}</b></span>""");
        var lines = panel.Series.Select((series, i) => new Series(series.Key, Colours[i], [.. series.Value.Select(value => value / axis.Size)]));
        return $"""<p class="legend">{string.Concat(legend)}</p>{SvgChart.Lines(panel.Times, [.. lines], value => Text(value, axis with { Size = 1 }))}""";
    }

    private static string Explanation(PanelState panel) => string.Join(", ", new[]
    {
        panel.Kind switch
        {
            MetricKind.Counter => "a second",
            MetricKind.Histogram => string.Create(CultureInfo.InvariantCulture, $"quantile {panel.Options.Quantile}"),
            _ => "",
        },
        $"by {panel.Options.By}",
    }.Concat(panel.Options.Where.Select(label => $"{label.Key} = {label.Value}")).Append(panel.HasMore ? $"the first {Panel.MaxSeries} only" : "").Where(part => part.Length > 0));

    /// <summary>By what the metric's name ends with, smallest first.</summary>
    private static Unit[] UnitsOf(PanelState panel) => (panel.Kind, panel.Options.Metric.Split('_')[^1]) switch
    {
        (MetricKind.Counter, _) => [new(1, "/s")],
        (_, "seconds") => [new(1e-6, "µs"), new(1e-3, "ms"), new(1, "s"), new(60, "min"), new(3_600, "h"), new(86_400, "d")],
        (_, "bytes") => [new(1, "B"), new(1e3, "kB"), new(1e6, "MB"), new(1e9, "GB")],
        (_, "ratio") => [new(0.01, "%")],
        _ => [new(1, "")],
    };

    private static Unit Fitting(Unit[] units, double value) => units.LastOrDefault(unit => Math.Abs(value) >= unit.Size, units[0]);

    private static string Text(double value, Unit unit)
    {
        var number = value / unit.Size;
        return $"{number.ToString(Math.Abs(number) < 1 ? "0.####" : Math.Abs(number) < 100 ? "0.##" : "#,0", CultureInfo.InvariantCulture)} {unit.Name}".TrimEnd();
    }

    /// <param name="Size">In what the metric is measured in.</param>
    private sealed record Unit(double Size, string Name);
}
