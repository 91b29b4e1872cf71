using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Monitoring.Logs;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary><c>GET /logs</c>: the lines of all services that hold what the URL names, as a timeline; the same question as <c>/v1/logs</c>. No scripts.</summary>
internal static class LogsPage
{
    private const int Limit = 500;

    private static readonly string[] Columns = ["timestamp", "level", "service", "event", "message"];

    public static void MapLogsPage(this IEndpointRouteBuilder routes) => routes.MapGet("/logs", (HttpRequest request, LogSearch search, CancellationToken cancellationToken) =>
    {
        // A form sends its empty fields too.
        var given = new QueryCollection(request.Query.Where(parameter => parameter.Value != "").ToDictionary());
        return PageShell.Of("logs", "logs", PageShell.Back, Render(given, Answer(given, search, cancellationToken)));
    }).AsPage("Lines of all services").WithParameters(new ApiParameter("fields", "As of /v1/logs.") { IsAnyName = true });

    private static string Answer(QueryCollection query, LogSearch search, CancellationToken cancellationToken)
    {
        if (query.Count == 0)
        {
            return """<p class="note">Ask for a correlation id, or for any field of the lines in the URL: <code>/logs?event=redis_lost&amp;level=WARNING</code></p>""";
        }

        try
        {
            var found = search.Find(LogQuestion.Of(query).Filter, Limit, cancellationToken);
            var note = $"{Number(found.Matched)} lines{(found.Matched > found.Lines.Count ? $", the newest {found.Lines.Count} of them here" : "")}{(found.IsComplete ? "" : "; older files were not looked at")}";
            return $"""<p class="note">{note}</p><div class="scroll"><table class="lines"><thead><tr><th>time</th><th>+ ms</th><th>level</th><th>service</th><th>event</th><th>message</th></tr></thead><tbody>{Rows(found)}</tbody></table></div>""";
        }
        catch (ServiceError wrong)
        {
            return Refusal(wrong);
        }
    }

    private static StringBuilder Rows(FoundLines found)
    {
        var rows = new StringBuilder();
        DateTimeOffset? first = null;
        foreach (var line in found.Lines.Select(line => JsonNode.Parse(line)!.AsObject()))
        {
            var time = line["timestamp"]!.GetValue<DateTimeOffset>();
            first ??= time;
            var others = line.Where(field => !Columns.Contains(field.Key)).Select(field => $"<dt>{Encode(field.Key)}</dt><dd>{Encode(field.Value?.ToString() ?? "null")}</dd>");
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr class="{Text(line, "level")}"><td>{time:HH:mm:ss.ffffff}</td><td>{(time - first.Value).TotalMilliseconds:#,0.0}</td><td>{Text(line, "level")}</td><td>{Text(line, "service")}</td><td>{Text(line, "event")}</td><td><details><summary>{Text(line, "message")}</summary><dl>{string.Concat(others)}</dl></details></td></tr>
                """);
        }

        return rows;
    }

    private static string Render(QueryCollection query, string answer) => $"""
        <section class="wide">
        <form method="get"><label>correlation id <input name="correlation_id" value="{Encode(query["correlation_id"].ToString())}" autofocus></label><label>service <input name="service" value="{Encode(query["service"].ToString())}"></label>
        <label>level from <select name="level"><option></option>{string.Concat(LogFilter.Levels.Select(level => $"<option{(query["level"] == level ? " selected" : "")}>{level}</option>"))}</select></label><button>show</button></form>
        {answer}
        </section>
        """;

    private static string Text(JsonObject line, string field) => Encode(line[field]?.ToString() ?? "");
}
