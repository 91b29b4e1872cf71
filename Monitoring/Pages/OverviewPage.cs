using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.Panels;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Monitoring.Pages;

/// <summary><c>GET /</c>: traffic, quality, the configured panels and every model on one page that renews itself; no scripts.</summary>
internal static class OverviewPage
{
    private const string Nothing = "–";

    public static void MapOverviewPage(this IEndpointRouteBuilder routes) => routes.MapGet("/", (string? model, ModelStatistics statistics, MonitoringMetrics metrics, PanelWorker panels, SystemHealthWorker health, RolloutTable rollouts, TimeProvider time) =>
        Render(new(model, statistics, metrics.Lag, time.GetUtcNow()), health.Services, panels.Board, rollouts.States));

    private static ContentHttpResult Render(Overview overview, IReadOnlyDictionary<string, HealthBody> services, PanelBoard panels, IReadOnlyList<RolloutState> rollouts) => PageShell.Of("monitoring", "monitoring", Aside(overview, panels), $"""
        {HealthRow.Render(services)}
        {(overview.Selected is { } selected ? Traffic(overview, selected) + Quality(overview, selected) : Empty)}
        {RolloutRow.Render(rollouts)}
        {PanelCharts.Render(panels)}
        {Models(overview)}
        """, renewSeconds: 5);

    private static string Aside(Overview overview, PanelBoard panels) => $"""
        {Encode(overview.Now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture))} · {Number(overview.Lag)} events waiting{(panels.NotReached.Count > 0 ? $" · no metrics of {Encode(string.Join(", ", panels.NotReached))}" : "")} · renews every 5 s · <a href="/failures{(overview.Selected is { } shown ? $"?model={Uri.EscapeDataString(shown.Model)}" : "")}">failures</a> · <a href="/logs">logs</a>
        """;

    private const string Empty = """<section class="wide"><h2>No prediction yet</h2><p class="note">The page fills as soon as the gateway answers: <code>POST :5080/v1/models/flight-delay/predict</code></p></section>""";

    private static string Traffic(Overview overview, ModelSummary model) => $"""
        <section>
        <h2>Traffic and latency <em>{Encode(model.Model)}</em></h2>
        <dl>{Figure("predictions", Number(model.Predictions))}{Figure("errors", Number(model.Errors), model.Errors > 0 ? "bad" : "")}{Figure("p50", Milliseconds(model.LatencyMs.P50))}{Figure("p95", Milliseconds(model.LatencyMs.P95))}{Figure("p99", Milliseconds(model.LatencyMs.P99))}</dl>
        {Legend(("predictions", "a"), ("errors", "bad"))}
        {SvgChart.Bars(overview.Starts, [overview.Line("predictions", "a", window => window.Predictions), overview.Line("errors", "bad", window => window.Errors)], value => Number(value))}
        {Legend(("p50", "a"), ("p95", "b"), ("p99", "c"))}
        {SvgChart.Lines(overview.Starts, [overview.Line("p50", "a", window => window.LatencyMs.P50), overview.Line("p95", "b", window => window.LatencyMs.P95), overview.Line("p99", "c", window => window.LatencyMs.P99)], AxisMilliseconds)}
        </section>
        """;

    private static string Quality(Overview overview, ModelSummary model) => $"""
        <section>
        <h2>Quality <em>{Encode(model.Model)}</em></h2>
        <dl>{Figure("AUC", Decimal(model.Auc))}{Figure("predicted late", Percent(model.PredictedLateShare))}{Figure("observed late", Percent(model.ObservedLateShare))}{Figure("mean probability", Decimal(model.MeanProbability))}{Figure("labels joined", Number(model.Labels.Joined))}</dl>
        {Legend(("predicted late", "a"), ("observed late", "b"))}
        {SvgChart.Lines(overview.Starts, [overview.Line("predicted late", "a", window => window.PredictedLateShare), overview.Line("observed late", "b", window => window.ObservedLateShare)], value => Percent(value), fixedTop: 1)}
        {Legend(("predictions whose outcome is known", "c"))}
        {SvgChart.Bars(overview.Starts, [overview.Line("labelled", "c", window => window.Labelled)], value => Number(value))}
        <p class="note">Outcomes count to the time of their prediction. {Number(model.Labels.Unmatched)} labels belong to no prediction known here.</p>
        </section>
        """;

    private static string Models(Overview overview)
    {
        var rows = new StringBuilder();
        foreach (var model in overview.Models)
        {
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr{(model.Model == overview.Selected?.Model ? " class=\"selected\"" : "")}><td><a href="/?model={Uri.EscapeDataString(model.Model)}">{Encode(model.Model)}</a></td><td>{Number(model.Predictions)}</td><td>{Number(model.Errors)}</td><td>{Milliseconds(model.LatencyMs.P50)}</td><td>{Milliseconds(model.LatencyMs.P95)}</td><td>{Milliseconds(model.LatencyMs.P99)}</td><td>{Percent(model.PredictedLateShare)}</td><td>{Percent(model.ObservedLateShare)}</td><td>{Decimal(model.Auc)}</td><td>{Number(model.Labels.Joined)}</td><td>{Time(model.LastPrediction)}</td></tr>
                """);
        }

        return $"""
            <section class="wide">
            <h2>Models</h2>
            <div class="scroll"><table><thead><tr><th>model</th><th>predictions</th><th>errors</th><th>p50</th><th>p95</th><th>p99</th><th>predicted late</th><th>observed late</th><th>AUC</th><th>labels</th><th>last prediction</th></tr></thead><tbody>{rows}</tbody></table></div>
            <p class="note">Figures of the last {overview.Span}. Latency percentiles within 1 %. The same as JSON: <code>/v1/models/{"{name}"}/summary</code></p>
            </section>
            """;
    }

    private static string Figure(string name, string value, string css = "") => $"""<div class="{css}"><dt>{name}</dt><dd>{value}</dd></div>""";

    private static string Legend(params (string Name, string Css)[] series) =>
        $"""<p class="legend">{string.Concat(series.Select(line => $"""<span class="{line.Css}">{line.Name}</span>"""))}</p>""";

    private static string Number(double value) => value.ToString(Math.Abs(value) < 10 && value != Math.Floor(value) ? "0.##" : "#,0", CultureInfo.InvariantCulture);

    private static string Milliseconds(double? value) => value is { } number ? $"{number.ToString(number < 1 ? "0.00" : number < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture)} ms" : Nothing;

    private static string AxisMilliseconds(double value) => $"{value.ToString("#,0.##", CultureInfo.InvariantCulture)} ms";

    private static string Percent(double? value) => value is { } share ? $"{(100 * share).ToString("0.#", CultureInfo.InvariantCulture)} %" : Nothing;

    private static string Decimal(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Time(DateTimeOffset? value) => value?.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
