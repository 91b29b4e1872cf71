using System.Globalization;
using MlAspire.Monitoring.Summary;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary>The traffic and the quality of one model as markup. Pure.</summary>
internal static class ModelCharts
{
    public static string Render(Overview overview, ModelSummary model) => Traffic(overview, model) + Quality(overview, model);

    private static string Traffic(Overview overview, ModelSummary model) => $"""
        <section>
        <h2>Traffic and latency <em>{Encode(model.Model)}</em></h2>
        <dl>
        {Figure("predictions", Number(model.Predictions))}
        {Figure("errors", Number(model.Errors), model.Errors > 0 ? "bad" : "")}
        {Figure("p50", Milliseconds(model.LatencyMs.P50))}
        {Figure("p95", Milliseconds(model.LatencyMs.P95))}
        {Figure("p99", Milliseconds(model.LatencyMs.P99))}
        </dl>
        {Legend(("predictions", "a"), ("errors", "bad"))}
        {SvgChart.Bars(overview.Starts,
        [
            overview.Line("predictions", "a", window => window.Predictions),
            overview.Line("errors", "bad", window => window.Errors),
        ], value => Number(value))}
        {Legend(("p50", "a"), ("p95", "b"), ("p99", "c"))}
        {SvgChart.Lines(overview.Starts,
        [
            overview.Line("p50", "a", window => window.LatencyMs.P50),
            overview.Line("p95", "b", window => window.LatencyMs.P95),
            overview.Line("p99", "c", window => window.LatencyMs.P99),
        ], AxisMilliseconds)}
        </section>
        """;

    private static string Quality(Overview overview, ModelSummary model)
    {
        var (predicted, observed) = (Encode($"predicted {model.PositiveLabel ?? "positive"}"), Encode($"observed {model.PositiveLabel ?? "positive"}"));
        return $"""
            <section>
            <h2>Quality <em>{Encode(model.Model)}</em></h2>
            <dl>
            {Figure("AUC", Decimal(model.Auc))}
            {Figure(predicted, Percent(model.PredictedPositiveShare))}
            {Figure(observed, Percent(model.ObservedPositiveShare))}
            {Figure("mean probability", Decimal(model.MeanProbability))}
            {Figure("labels joined", Number(model.Labels.Joined))}
            </dl>
            {Legend((predicted, "a"), (observed, "b"))}
            {SvgChart.Lines(overview.Starts,
            [
                overview.Line(predicted, "a", window => window.PredictedPositiveShare),
                overview.Line(observed, "b", window => window.ObservedPositiveShare),
            ], value => Percent(value), fixedTop: 1)}
            {Legend(("predictions whose outcome is known", "c"))}
            {SvgChart.Bars(overview.Starts,
            [
                overview.Line("labelled", "c", window => window.Labelled),
            ], value => Number(value))}
            <p class="note">Outcomes count to the time of their prediction. {Number(model.Labels.Unmatched)} labels belong to no prediction known here.</p>
            </section>
            """;
    }

    private static string Figure(string name, string value, string css = "") => $"""<div class="{css}"><dt>{name}</dt><dd>{value}</dd></div>""";

    private static string Legend(params (string Name, string Css)[] series) =>
        $"""<p class="legend">{string.Concat(series.Select(line => $"""<span class="{line.Css}">{line.Name}</span>"""))}</p>""";

    private static string AxisMilliseconds(double value) => $"{value.ToString("#,0.##", CultureInfo.InvariantCulture)} ms";
}
