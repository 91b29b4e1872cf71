using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>One log event, taken apart into what both formats write.</summary>
internal sealed class LogLine
{
    /// <summary>Of a text, in characters; what is over is cut and marked, so that a line has a bound.</summary>
    public const int MaxText = Redactor.MaxText + 64; // the check before has cut, and marked, at its own limit

    // Fields of ASP.NET Core's scopes that the ids of the span already tell; a message's own field of such a name stays.
    private static readonly HashSet<string> Noise = ["ConnectionId", "RequestId", "SpanId", "TraceId", "ParentId", "ActionId", "ActionName"];

    private static readonly HashSet<string> None = [];

    private static readonly KnownNames<string> SnakeCase = new(name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('.', '_'));

    [ThreadStatic]
    private static LogLine? current;

    private LogLine()
    {
    }

    public LogLevel Level { get; private set; }

    public string Module { get; private set; } = "";

    public string? Event { get; private set; }

    public string Message { get; private set; } = "";

    public Exception? Exception { get; private set; }

    public string? TraceId { get; private set; }

    public string? SpanId { get; private set; }

    /// <summary>Two hex digits: 01 = the trace is recorded.</summary>
    public string? TraceFlags { get; private set; }

    public string? CorrelationId { get; private set; }

    /// <summary>The named values of the message and of the scopes, names in snake_case; the message wins over a scope, an inner scope over an outer.</summary>
    public List<KeyValuePair<string, object?>> Fields { get; } = [];

    /// <returns>The calling thread's own line: it holds this event until the next one.</returns>
    public static LogLine From<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        var span = Activity.Current;
        var line = current ??= new LogLine();
        line.Level = entry.LogLevel;
        line.Module = entry.Category;
        line.Event = entry.EventId.Name is { } name ? SnakeCase[name] : null;
        line.Message = Bounded(entry.Formatter(entry.State, entry.Exception));
        line.Exception = entry.Exception;
        line.TraceId = span?.TraceId.ToHexString();
        line.SpanId = span?.SpanId.ToHexString();
        line.TraceFlags = span is null ? null : span.Recorded ? "01" : "00";
        line.CorrelationId = null;
        line.Fields.Clear();
        scopes?.ForEachScope(static (scope, line) => line.Take(scope, Noise), line);
        line.Take(entry.State, None);
        return line;
    }

    /// <summary>The name of a level as the lines spell it.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        LogLevel.Critical => "CRITICAL",
        _ => "NONE",
    };

    public static string Bounded(string text) => text.Length <= MaxText ? text : $"{text.AsSpan(0, MaxText)}... ({text.Length} characters)";

    private void Take(object? state, HashSet<string> noise)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> pairs)
        {
            return;
        }

        if (pairs is IReadOnlyList<KeyValuePair<string, object?>> list)
        {
            for (var index = 0; index < list.Count; index++)
            {
                Take(list[index], noise);
            }

            return;
        }

        foreach (var pair in pairs)
        {
            Take(pair, noise);
        }
    }

    private void Take(KeyValuePair<string, object?> pair, HashSet<string> noise)
    {
        if (pair.Key == TelemetryNames.Attributes.CorrelationId)
        {
            CorrelationId = pair.Value as string;
        }
        else if (pair.Key.Length > 0 && pair.Key != "{OriginalFormat}" && !noise.Contains(pair.Key))
        {
            Set(new(SnakeCase[pair.Key], pair.Value));
        }
    }

    /// <summary>A line has a dozen fields: looking through them is cheaper than a dictionary.</summary>
    private void Set(KeyValuePair<string, object?> field)
    {
        for (var index = 0; index < Fields.Count; index++)
        {
            if (Fields[index].Key == field.Key)
            {
                Fields[index] = field;
                return;
            }
        }

        Fields.Add(field);
    }
}
