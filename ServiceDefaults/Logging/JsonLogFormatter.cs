using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// One JSON object a line, whatever the message holds:
/// <c>{"timestamp":"2001-03-01T13:00:00.0000000Z","level":"INFO","message":"...","module":"MlAspire.Gateway.X","event":"...","service":"gateway","trace_id":"...","span_id":"...","trace_flags":"01","correlation_id":"...", fields}</c>.
/// </summary>
internal sealed class JsonLogFormatter(IOptionsMonitor<LogLineOptions> options, TimeProvider time) : LineFormatter
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, IBufferWriter<byte> output)
    {
        var line = LogLine.From(entry, scopes);
        var json = writer ??= new Utf8JsonWriter(output, Json);
        json.Reset(output);
        json.WriteStartObject();
        WriteLine(json, line);
        foreach (var (name, value) in line.Fields)
        {
            json.WritePropertyName(name.Json);
            WriteValue(json, value);
        }

        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private void WriteLine(Utf8JsonWriter json, LogLine line)
    {
        json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
        json.WriteString("level"u8, LogLine.NameOf(line.Level));
        json.WriteString("message"u8, line.Message);
        json.WriteString("module"u8, line.Module);
        WriteOptional(json, "event"u8, line.Event);
        json.WriteString("service"u8, options.CurrentValue.Service);
        WriteOptional(json, "trace_id"u8, line.TraceId);
        WriteOptional(json, "span_id"u8, line.SpanId);
        WriteOptional(json, "trace_flags"u8, line.TraceFlags);
        WriteOptional(json, "correlation_id"u8, line.CorrelationId);
        if (line.Exception is { } exception)
        {
            json.WriteString("exception_type"u8, RedactedException.TypeOf(exception));
            json.WriteString("exception_message"u8, LogLine.Bounded(exception.Message));
            if (options.CurrentValue.Backtrace)
            {
                json.WriteString("exception_stacktrace"u8, LogLine.Bounded(exception.ToString()));
            }
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
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
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case byte or sbyte or short or ushort or uint:
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
            case DateTime or DateTimeOffset or DateOnly:
                json.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            case string text:
                json.WriteStringValue(LogLine.Bounded(text));
                break;
            default:
                json.WriteStringValue(LogLine.Bounded(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }
}
