using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// One JSON object a line, whatever the message holds:
/// <c>{"timestamp":"2001-03-01T13:00:00.0000000Z","level":"INFO","message":"...","module":"MlAspire.Gateway.X","event":"...","service":"gateway","trace_id":"...","span_id":"...","correlation_id":"...", fields}</c>.
/// </summary>
internal sealed class JsonLogFormatter(IOptionsMonitor<LogLineOptions> options, TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "mlaspire-json";

    // A field of a message must not pass for one of the line's own: it is renamed to extra_{name}.
    private static readonly HashSet<string> Reserved =
        ["timestamp", "level", "message", "module", "event", "service", "trace_id", "span_id", "correlation_id", "exception_type", "exception_message", "exception_stacktrace"];

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = LogLine.From(logEntry, scopeProvider);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            WriteLine(json, line);
            foreach (var (name, value) in line.Fields)
            {
                json.WritePropertyName(Reserved.Contains(name) ? $"extra_{name}" : name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private void WriteLine(Utf8JsonWriter json, LogLine line)
    {
        json.WriteString("timestamp", time.GetUtcNow().UtcDateTime);
        json.WriteString("level", LogLine.NameOf(line.Level));
        json.WriteString("message", line.Message);
        json.WriteString("module", line.Module);
        WriteOptional(json, "event", line.Event);
        json.WriteString("service", options.CurrentValue.Service);
        WriteOptional(json, "trace_id", line.TraceId);
        WriteOptional(json, "span_id", line.SpanId);
        WriteOptional(json, "correlation_id", line.CorrelationId);
        if (line.Exception is { } exception)
        {
            json.WriteString("exception_type", RedactedException.TypeOf(exception));
            json.WriteString("exception_message", LogLine.Bounded(exception.Message));
            json.WriteString("exception_stacktrace", LogLine.Bounded(exception.ToString()));
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(LogLine.Bounded(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }
}
