using System.Diagnostics;
using System.Runtime.InteropServices;
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

    private static readonly KnownNames<string> SnakeCase = new(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    [ThreadStatic]
    private static LogLine? current;

    private readonly List<int> hashes = []; // of the names of Fields

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

    /// <summary>The named values of the message and of the scopes; the message wins over a scope, an inner scope over an outer.</summary>
    public List<(FieldName Name, object? Value)> Fields { get; } = [];

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
        line.hashes.Clear();
        scopes?.ForEachScope(static (scope, line) => line.Take(scope, isScope: true), line);
        line.Take(entry.State, isScope: false);
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

    private void Take(object? state, bool isScope)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> list)
        {
            for (var index = 0; index < list.Count; index++)
            {
                Take(list[index], isScope);
            }
        }
        else if (state is IEnumerable<KeyValuePair<string, object?>> pairs)
        {
            foreach (var pair in pairs)
            {
                Take(pair, isScope);
            }
        }
    }

    private void Take(KeyValuePair<string, object?> pair, bool isScope)
    {
        if (pair.Key == TelemetryNames.Attributes.CorrelationId)
        {
            CorrelationId = pair.Value as string;
        }
        else if (pair.Key.Length > 0 && pair.Key != "{OriginalFormat}" && FieldName.Of(pair.Key) is var name && !(isScope && name.IsNoise))
        {
            Set(name, pair.Value);
        }
    }

    /// <summary>A line has some dozen fields: looking through their hashes is cheaper than a dictionary.</summary>
    private void Set(FieldName name, object? value)
    {
        var rest = CollectionsMarshal.AsSpan(hashes);
        while (rest.IndexOf(name.Hash) is >= 0 and var found)
        {
            rest = rest[(found + 1)..];
            ref var field = ref CollectionsMarshal.AsSpan(Fields)[hashes.Count - rest.Length - 1];
            if (field.Name.Text == name.Text)
            {
                field.Value = value;
                return;
            }
        }

        Fields.Add((name, value));
        hashes.Add(name.Hash);
    }
}
