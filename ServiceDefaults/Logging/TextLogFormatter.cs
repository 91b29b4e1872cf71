using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>For people: <c>13:00:00.123 INFO     MlAspire.Gateway.X: message correlation_id=... trace_id=...</c>; further lines of a message or exception are indented.</summary>
internal sealed class TextLogFormatter(TimeProvider time) : LineFormatter
{
    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, IBufferWriter<byte> output)
    {
        var line = LogLine.From(entry, scopes);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow():HH:mm:ss.fff} {LogLine.NameOf(line.Level),-8} {line.Module}: {Indented(line.Message)}");
        if (line.CorrelationId is { } correlationId)
        {
            text.Append(CultureInfo.InvariantCulture, $" {TelemetryNames.Attributes.CorrelationId}={correlationId}");
        }

        if (line.TraceId is { } traceId)
        {
            text.Append(CultureInfo.InvariantCulture, $" trace_id={traceId}");
        }

        text.Append('\n');
        if (line.Exception is { } exception)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {Indented(LogLine.Bounded(exception.ToString()))}\n");
        }

        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    private static string Indented(string text) => text.ReplaceLineEndings("\n    ");
}
