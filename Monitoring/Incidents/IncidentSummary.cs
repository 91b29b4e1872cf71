using System.Globalization;
using System.Text.Json;
using MlAspire.Gateway.Audit;
using MlAspire.Monitoring.Failures;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Incidents;

/// <summary>Answers the ten questions of an incident from what its archive holds, as Markdown. Pure.</summary>
internal static class IncidentSummary
{
    /// <summary>Of one list; how many more there are is said.</summary>
    private const int MaxItems = 20;

    private static readonly (string Question, Func<IncidentFacts, IEnumerable<string>> Answer)[] Form =
    [
        ("When did it begin and end?", BeganAndEnded), ("Which services were not ready, and why?", NotReady), ("Which models and versions answered?", Answered),
        ("What was changed just before, and by whom?", Changed), ("How many requests failed, and with which error?", Failed), ("Which segments are over-represented?", Segments),
        ("Which dependency was it?", Dependency), ("Was the fallback used?", Fallback), ("Is the audit log whole?", facts => [facts.Audit.Says]), ("What is missing here?", facts => facts.Missing),
    ];

    public static string Of(IncidentFacts facts)
    {
        var text = new List<string> { $"# Incident from {Moment(facts.Range.From)} to {Moment(facts.Range.To)}", "", $"Made at {Moment(facts.Made)} by machine from the files beside this one.", "" };
        for (var i = 0; i < Form.Length; i++)
        {
            string[] answer = [.. Form[i].Answer(facts).Select(item => item.ReplaceLineEndings(" "))];
            text.Add(string.Create(CultureInfo.InvariantCulture, $"## {i + 1}. {Form[i].Question}"));
            text.Add("");
            text.AddRange(answer.DefaultIfEmpty("none").Take(MaxItems).Select(item => $"- {item}"));
            text.AddRange(answer.Length > MaxItems ? [$"- and {answer.Length - MaxItems} more", ""] : [""]);
        }

        return string.Join('\n', text);
    }

    /// <summary>By the rows that failed or had the fallback's answer, the services that were not healthy, and errors.</summary>
    private static IEnumerable<string> BeganAndEnded(IncidentFacts facts)
    {
        var signs = facts.Records.Where(record => IsFailure(record) || IsFallback(record)).Select(record => (At: record.Time(), What: IsFailure(record) ? "a request that failed" : "an answer of the fallback"))
            .Concat(facts.Warnings.Where(line => line.TextOf("event") == TelemetryNames.Events.ServiceNotHealthy || line.TextOf("level") is "ERROR" or "CRITICAL").Select(line => (At: line.Time(), What: EventOf(line))))
            .Concat(facts.Recoveries.Select(line => (At: line.Time(), What: EventOf(line)))).OrderBy(sign => sign.At).ToArray();
        if (signs.Length == 0)
        {
            return [];
        }

        var sick = facts.Health.Where(service => service.Value.Status != "Healthy").Select(service => service.Key).Order(StringComparer.Ordinal).ToArray();
        return [$"began at {Moment(signs[0].At)}: {signs[0].What}", sick.Length > 0 ? $"not over: {string.Join(", ", sick)} not healthy at {Moment(facts.Made)}" : $"ended at {Moment(signs[^1].At)}: {signs[^1].What}"];
    }

    private static IEnumerable<string> NotReady(IncidentFacts facts) => facts.Warnings.Where(line => line.TextOf("event") == TelemetryNames.Events.ServiceNotHealthy).Select(line =>
    {
        var service = line.TextOf("watched_service");
        var back = facts.Recoveries.Where(recovery => recovery.TextOf("watched_service") == service && recovery.Time() > line.Time()).Select(recovery => (DateTimeOffset?)recovery.Time()).FirstOrDefault();
        return $"{service} from {Moment(line.Time())} to {(back is { } at ? Moment(at) : "the end")}, {line.TextOf("health")}: {line.TextOf("reason")}";
    });

    private static IEnumerable<string> Answered(IncidentFacts facts) => Counted(
        facts.Records.Where(record => record.TextOf("event") == RequestEvents.Answered).Select(record => $"{record.TextOf("model")} version {record.TextOf("model_version")} ({record.TextOf("arm")}, {record.TextOf("model_digest")})"), "rows");

    private static IEnumerable<string> Changed(IncidentFacts facts) =>
        facts.Changes.Select(change => (At: change.Time(), Text: $"{change.TextOf("event")} by {change.TextOf("actor") ?? "the system"}{On(change)}"))
            .Concat(facts.Deployments.Select(line => (At: line.Time(), Text: $"{line.TextOf("service")}: {line.TextOf("message")}")))
            .OrderByDescending(each => each.At).Select(each => $"{Moment(each.At)} {each.Text}");

    private static IEnumerable<string> Failed(IncidentFacts facts)
    {
        var failures = facts.Records.Where(IsFailure).ToArray();
        return [
            string.Create(CultureInfo.InvariantCulture, $"{failures.Length} of {facts.Records.Count(record => IsFailure(record) || record.TextOf("event") == RequestEvents.Answered)} rows failed"),
            .. Counted(failures.Select(record => $"{record.TextOf("code")} ({record.TextOf("model")}): {record.TextOf("message")}"), "rows"),
        ];
    }

    private static IEnumerable<string> Segments(IncidentFacts facts) => facts.Segments.SelectMany(answer => answer.Segments.Where(segment => segment.Flagged).Select(segment => string.Create(
        CultureInfo.InvariantCulture, $"{answer.Model}: {segment.Attribute} {segment.Value}: {segment.Failures} of {segment.Units} {answer.Unit}s ({answer.Failure}), lift {segment.Lift:0.00}, p {segment.P:0.0e+0}, q {segment.Q:0.0e+0}")));

    /// <summary>The checks that failed, and what services said of calls that failed.</summary>
    private static IEnumerable<string> Dependency(IncidentFacts facts) =>
    [
        .. facts.Warnings.Where(line => line.TextOf("event") == TelemetryNames.Events.ServiceNotHealthy).SelectMany(line => (line.TextOf("reason") ?? "").Split("; ").Select(check => (Check: check.Split(':')[0], Service: line.TextOf("watched_service"))))
            .GroupBy(each => each.Check).OrderByDescending(each => each.Count()).Select(each => $"check {each.Key} of {string.Join(", ", each.Select(check => check.Service).Distinct().Order(StringComparer.Ordinal))}"),
        .. Counted(facts.Warnings.Where(line => line.TextOf("event") is not null and not TelemetryNames.Events.ServiceNotHealthy).Select(line => $"{line.TextOf("service")} {line.TextOf("event")}"), "lines"),
    ];

    private static IEnumerable<string> Fallback(IncidentFacts facts)
    {
        var rows = facts.Records.Where(IsFallback).ToArray();
        return rows.Length == 0
            ? ["no"]
            : Counted(rows.Select(record => $"yes: {record.TextOf("model")} for {record.TextOf("fallback_for")}"), "rows").Append($"from {Moment(rows.Min(record => record.Time()))} to {Moment(rows.Max(record => record.Time()))}");
    }

    private static IEnumerable<string> Counted(IEnumerable<string> items, string what) =>
        items.CountBy(item => item).OrderByDescending(item => item.Value).ThenBy(item => item.Key, StringComparer.Ordinal).Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Key}: {item.Value} {what}"));

    private static string On(JsonElement change) => (change.TextOf("model") ?? change.TextOf("path")) is { } what ? $": {what}" : "";

    private static string EventOf(JsonElement line) => $"{line.TextOf("watched_service") ?? line.TextOf("service")} {line.TextOf("event")}";

    private static bool IsFailure(JsonElement record) => record.TextOf("event") == RequestEvents.Failed;

    private static bool IsFallback(JsonElement record) => record.TextOf("event") == RequestEvents.Answered && record.TextOf("fallback_for") is not null;

    private static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
