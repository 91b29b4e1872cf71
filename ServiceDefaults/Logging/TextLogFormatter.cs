using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>For people: <c>13:00:00.123 INFO     MlAspire.Gateway.X: message correlation_id=... trace_id=...</c>; further lines of a message or exception are indented.</summary>
internal sealed class TextLogFormatter(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "mlaspire-text";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = LogLine.From(logEntry, scopeProvider);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():HH:mm:ss.fff} {LogLine.NameOf(line.Level),-8} {line.Module}: {Indented(line.Message)}"));
        if (line.CorrelationId is { } correlationId)
        {
            textWriter.Write($" {TelemetryNames.Attributes.CorrelationId}={correlationId}");
        }

        if (line.TraceId is { } traceId)
        {
            textWriter.Write($" trace_id={traceId}");
        }

        textWriter.Write('\n');
        if (line.Exception is { } exception)
        {
            textWriter.Write($"    {Indented(LogLine.Bounded(exception.ToString()))}\n");
        }
    }

    private static string Indented(string text) => text.ReplaceLineEndings("\n    ");
}
