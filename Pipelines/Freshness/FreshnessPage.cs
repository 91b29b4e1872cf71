using System.Globalization;
using System.Net;
using System.Text;

namespace MlAspire.Pipelines.Freshness;

/// <summary>The report as a page: one SVG with a line a view, and a table. No script.</summary>
internal static class FreshnessPage
{
    private const int Width = 900;
    private const int Height = 380;
    private const int Left = 60;
    private const int Bottom = 340;
    private const int Top = 20;

    private static readonly string[] Colors = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22"];

    /// <summary>The page in UTF-8 HTML.</summary>
    public static string Of(FreshnessReport report)
    {
        var lowest = Math.Floor(20 * report.Views.SelectMany(view => view.Points).Select(point => point.Auc).Append(report.RequestOnlyAuc).Min()) / 20;
        var highest = Math.Ceiling(20 * report.FreshAuc) / 20;
        double Y(double auc) => Bottom - (auc - lowest) / (highest - lowest) * (Bottom - Top);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>{Text(report.Model)}: what staleness costs</title>
            <style>body{"{"}font:15px system-ui;margin:2em auto;max-width:{Width}px{"}"}td,th{"{"}padding:.2em .8em;text-align:left{"}"}</style>
            <h1>{Text(report.Model)}: what staleness costs</h1>
            <p>AUC of {report.Rows:N0} flights, {Text(report.Period)}: {report.FreshAuc} fresh, {report.RequestOnlyAuc} without the store (dashed). A line is one feature view stale and the others fresh; black is all of them.</p>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="AUC over staleness">

            """);
        for (var auc = lowest; auc < highest + 0.001; auc += 0.05)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Y(auc):0.0}H{Width}" stroke="#ddd"/><text x="8" y="{Y(auc) + 5:0.0}" font-size="13">{auc:0.00}</text>""");
        }
        foreach (var (i, point) in report.Views[0].Points.Index())
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{X(report, i) - 12:0.0}" y="{Height - 18}" font-size="13">{point.StaleMinutes}</text>""");
        }
        page.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Y(report.RequestOnlyAuc):0.0}H{Width}" stroke="#c00" stroke-dasharray="6 4"/><text x="{Left}" y="{Height - 2}" font-size="13">minutes stale</text>""");
        foreach (var (i, curve) in report.Views.Index())
        {
            var points = string.Join(' ', curve.Points.Select((point, at) => string.Create(CultureInfo.InvariantCulture, $"{X(report, at):0.0},{Y(point.Auc):0.0}")));
            page.AppendLine(CultureInfo.InvariantCulture, $"""<polyline points="{points}" fill="none" stroke="{ColorOf(curve, i)}" stroke-width="2"/>""");
        }
        page.AppendLine("</svg>").AppendLine(CultureInfo.InvariantCulture, $"<table><tr><th>view</th><th>max age for an AUC of {report.AucBudget}</th></tr>");
        foreach (var (i, curve) in report.Views.Index())
        {
            var age = curve.MaxAgeMinutes is { } minutes ? string.Create(CultureInfo.InvariantCulture, $"{minutes:0.#} min") : "more than was measured";
            page.AppendLine(CultureInfo.InvariantCulture, $"""<tr><td style="color:{ColorOf(curve, i)}">{Text(curve.View)}</td><td>{age}</td></tr>""");
        }
        return page.AppendLine("</table></html>").ToString();
    }

    private static double X(FreshnessReport report, int point) => Left + 20 + point * (double)(Width - Left - 50) / Math.Max(1, report.Views[0].Points.Count - 1);

    private static string ColorOf(StalenessCurve curve, int index) => curve.View == StalenessCurve.AllViews ? "#000" : Colors[index % Colors.Length];

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
