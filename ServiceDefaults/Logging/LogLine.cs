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

    public required LogLevel Level { get; init; }

    public required string Module { get; init; }

    public required string? Event { get; init; }

    public required string Message { get; init; }

    public required Exception? Exception { get; init; }

    public string? TraceId { get; init; }

    public string? SpanId { get; init; }

    public string? CorrelationId { get; private set; }

    /// <summary>The named values of the message and of the scopes, names in snake_case; the message wins over a scope, an inner scope over an outer.</summary>
    public Dictionary<string, object?> Fields { get; } = [];

    public static LogLine From<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        var span = Activity.Current;
        var line = new LogLine
        {
            Level = entry.LogLevel,
            Module = entry.Category,
            Event = entry.EventId.Name is { } name ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name) : null,
            Message = Bounded(entry.Formatter(entry.State, entry.Exception)),
            Exception = entry.Exception,
            TraceId = span?.TraceId.ToHexString(),
            SpanId = span?.SpanId.ToHexString(),
        };
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

        foreach (var (name, value) in pairs)
        {
            if (name == TelemetryNames.Attributes.CorrelationId)
            {
                CorrelationId = value as string;
            }
            else if (name.Length > 0 && name != "{OriginalFormat}" && !noise.Contains(name))
            {
                Fields[JsonNamingPolicy.SnakeCaseLower.ConvertName(name)] = value;
            }
        }
    }
}
