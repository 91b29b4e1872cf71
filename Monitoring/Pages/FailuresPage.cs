using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary><c>/failures</c>: where a model's failures are over-represented, as a table; the same question as <c>/v1/models/{name}/failures/segments</c>, its key in a form. No scripts.</summary>
internal static class FailuresPage
{
    private const string Path = "/failures";
    private const string Note = """<p class="note">Each value of the caller, version, arm, hour, entities, inputs and features against the requests without it (the rows, for <code>wrong_label</code>). It reads the gateway's audit log, and needs a key with the scope <code>audit.read</code>.</p>""";

    public static void MapFailuresPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string? model) => Page(new(model ?? "", "", "", ""), Note)).AsPage("Asks where a model's failures are over-represented");
        routes.MapPost(Path, async (HttpRequest request, FailureSegments segments, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var form = request.HasFormContentType ? await request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
            var asked = new Asked(form["model"].ToString(), form["from"].ToString(), form["to"].ToString(), form["failure"].ToString());
            return Page(asked, await AnswerAsync(asked, form["key"].ToString(), segments, time.GetUtcNow(), cancellationToken));
        }).AsPage("Shows where a model's failures are over-represented").TakesBody(typeof(Form), "application/x-www-form-urlencoded");
    }

    private static async Task<string> AnswerAsync(Asked asked, string key, FailureSegments segments, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return Table(await segments.FindAsync(FailureQuestion.Of(asked.Model, TimeRange.Of(asked.From, asked.To, now), asked.Failure), key, cancellationToken));
        }
        catch (ServiceError wrong)
        {
            return Refusal(wrong);
        }
    }

    private static string Table(SegmentsAnswer answer) => $"""
        <p class="note">{Number(answer.Failures)} of {Number(answer.Units)} {answer.Unit}s failed from {answer.From.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {answer.To.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(answer.Unlabelled > 0 ? $"; of {Number(answer.Unlabelled)} it is not known" : "")}{(answer.Complete ? "" : "; older ones were not looked at")}. {Number(answer.Tested)} segments were tested.</p>
        <div class="scroll"><table><thead><tr><th>segment</th><th>failures</th><th>{answer.Unit}s</th><th>share</th><th>lift</th><th>Fisher p</th><th>q</th><th>verdict</th></tr></thead><tbody>{string.Concat(answer.Segments.Select(Row))}</tbody></table></div>
        <p class="note">Flagged at a false discovery rate of 5 %. "Explained": over-represented too, but only by those flagged above.</p>
        """;

    private static string Row(RankedSegment segment) => string.Create(CultureInfo.InvariantCulture, $"""
        <tr{(segment.Flagged ? " class=\"selected\"" : "")}><td>{Encode(segment.Attribute)} <b>{Encode(segment.Value)}</b></td><td>{Number(segment.Failures)}</td><td>{Number(segment.Units)}</td><td>{100 * segment.Share:0.##} %</td><td>{segment.Lift:0.00}</td><td>{segment.P:0.00e+0}</td><td>{segment.Q:0.00e+0}</td><td>{(segment.Flagged ? "flagged" : segment.Explained ? "explained" : "–")}</td></tr>
        """);

    private static ContentHttpResult Page(Asked asked, string answer) => PageShell.Of("failures", "failures by segment", PageShell.Back, $"""
        <section class="wide">
        <form method="post"><label>model <input name="model" required value="{Encode(asked.Model)}"></label><label>from <input name="from" placeholder="an hour ago" value="{Encode(asked.From)}"></label><label>to <input name="to" placeholder="now" value="{Encode(asked.To)}"></label>
        <label>failure <input name="failure" placeholder="error,fallback" value="{Encode(asked.Failure)}"></label><label>key <input name="key" type="password" autocomplete="off"></label><button>show</button></form>
        {answer}
        </section>
        """);

    private sealed record Asked(string Model, string From, string To, string Failure);

    /// <summary>What the page sends.</summary>
    private sealed record Form(string Model, string? From, string? To, string? Failure, string? Key);
}
