using MlAspire.Monitoring.Summary;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary>All models as markup, one row a model. Pure.</summary>
internal static class ModelTable
{
    private static readonly string[] Columns =
        ["model", "predictions", "errors", "p50", "p95", "p99", "predicted positive", "observed positive", "AUC", "labels", "last prediction"];

    public static string Render(Overview overview) => $"""
        <section class="wide">
        <h2>Models</h2>
        <div class="scroll"><table>
        <thead><tr>{string.Concat(Columns.Select(column => $"<th>{column}</th>"))}</tr></thead>
        <tbody>{string.Concat(overview.Models.Select(model => Row(model, model == overview.Selected)))}</tbody>
        </table></div>
        <p class="note">Figures of the last {overview.Span}. Latency percentiles within 1 %. The same as JSON: <code>/v1/models/{"{name}"}/summary</code></p>
        </section>
        """;

    private static string Row(ModelSummary model, bool selected) => $"""
        <tr{(selected ? " class=\"selected\"" : "")}>
        <td><a href="/?model={Uri.EscapeDataString(model.Model)}">{Encode(model.Model)}</a></td>
        <td>{Number(model.Predictions)}</td><td>{Number(model.Errors)}</td>
        <td>{Milliseconds(model.LatencyMs.P50)}</td><td>{Milliseconds(model.LatencyMs.P95)}</td><td>{Milliseconds(model.LatencyMs.P99)}</td>
        <td>{Percent(model.PredictedPositiveShare)}</td><td>{Percent(model.ObservedPositiveShare)}</td><td>{Decimal(model.Auc)}</td>
        <td>{Number(model.Labels.Joined)}</td><td>{Time(model.LastPrediction)}</td>
        </tr>
        """;
}
