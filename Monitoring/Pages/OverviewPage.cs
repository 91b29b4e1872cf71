using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.Panels;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.OpenApi;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary><c>GET /</c>: traffic, quality, the configured panels and every model on one page that renews itself; no scripts.</summary>
internal static class OverviewPage
{
    public static void MapOverviewPage(this IEndpointRouteBuilder routes) => routes.MapGet(ServiceIndex.Path, (
        string? model, HttpRequest request, ServiceInfo info, ModelStatistics statistics, MonitoringMetrics metrics, PanelWorker panels, SystemHealthWorker health, RolloutTable rollouts, TimeProvider time) =>
        request.Accepts("application/json") ? info.Index() : Render(new(model, statistics, metrics.Lag, time.GetUtcNow()), health.Services, panels.Board, rollouts.States))
        .AsPage("Traffic, quality and every model").AnswersToo("application/json", "What this service is, and where to go on.", JsonSchemaType.Object);

    private static ContentHttpResult Render(
        Overview overview, IReadOnlyDictionary<string, HealthBody> services, PanelBoard panels, IReadOnlyList<RolloutState> rollouts) => PageShell.Of("monitoring", "monitoring", Aside(overview, panels), $"""
        {HealthRow.Render(services)}
        {(overview.Selected is { } selected ? ModelCharts.Render(overview, selected) : Empty)}
        {RolloutRow.Render(rollouts)}
        {PanelCharts.Render(panels)}
        {ModelTable.Render(overview)}
        """, renewSeconds: 5);

    private static string Aside(Overview overview, PanelBoard panels) => string.Join(" · ", new[]
    {
        overview.Now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
        $"{Number(overview.Lag)} events waiting",
        panels.NotReached.Count > 0 ? $"no metrics of {Encode(string.Join(", ", panels.NotReached))}" : "",
        "renews every 5 s",
        $"""<a href="/failures{(overview.Selected is { } shown ? $"?model={Uri.EscapeDataString(shown.Model)}" : "")}">failures</a>""",
        """<a href="/logs">logs</a>""",
    }.Where(part => part.Length > 0));

    private const string Empty = """<section class="wide"><h2>No prediction yet</h2><p class="note">The page fills as soon as the Gateway answers a prediction (<code>POST /v1/models/{name}/predict</code>); the replay of the demo asks by itself.</p></section>""";
}
