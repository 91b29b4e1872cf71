using System.Buffers;
using System.Collections;
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
/// <c>{"timestamp":"2001-03-01T13:00:00.0000000Z","level":"INFO","message":"...","module":"MlAspire.Gateway.X","event":"...","service":"gateway","trace_id":"...","span_id":"...","trace_flags":"01","correlation_id":"...", fields}</c>. A field that is null is left out.
/// </summary>
internal sealed class JsonLogFormatter(IOptionsMonitor<LogLineOptions> options, TimeProvider time) : LineFormatter
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText Timestamp = Encoded("timestamp");
    private static readonly JsonEncodedText Level = Encoded("level");
    private static readonly JsonEncodedText Message = Encoded("message");
    private static readonly JsonEncodedText Module = Encoded("module");
    private static readonly JsonEncodedText Event = Encoded("event");
    private static readonly JsonEncodedText Service = Encoded("service");
    private static readonly JsonEncodedText TraceId = Encoded("trace_id");
    private static readonly JsonEncodedText SpanId = Encoded("span_id");
    private static readonly JsonEncodedText TraceFlags = Encoded("trace_flags");
    private static readonly JsonEncodedText CorrelationId = Encoded("correlation_id");
    private static readonly KnownNames<JsonEncodedText> Known = new(Encoded); // levels, categories, events, services

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
            if (value is not null)
            {
                json.WritePropertyName(name.Json);
                WriteValue(json, value);
            }
        }

        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private void WriteLine(Utf8JsonWriter json, LogLine line)
    {
        json.WriteString(Timestamp, time.GetUtcNow().UtcDateTime);
        json.WriteString(Level, Known[LogLine.NameOf(line.Level)]);
        json.WriteString(Message, line.Message);
        json.WriteString(Module, Known[line.Module]);
        if (line.Event is { } name)
        {
            json.WriteString(Event, Known[name]);
        }

        json.WriteString(Service, Known[options.CurrentValue.Service]);
        WriteOptional(json, TraceId, line.TraceId);
        WriteOptional(json, SpanId, line.SpanId);
        WriteOptional(json, TraceFlags, line.TraceFlags);
        WriteOptional(json, CorrelationId, line.CorrelationId);
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

    private static JsonEncodedText Encoded(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static void WriteOptional(Utf8JsonWriter json, JsonEncodedText name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(LogLine.Bounded(text));
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
            default:
                WriteNested(json, value);
                break;
        }
    }

    /// <summary>A collection as the check has left it (<see cref="Redactor"/>): bounded in depth and items. All other values as text.</summary>
    private static void WriteNested(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case IDictionary map:
                json.WriteStartObject();
                foreach (DictionaryEntry each in map)
                {
                    json.WritePropertyName(Convert.ToString(each.Key, CultureInfo.InvariantCulture)!);
                    WriteItem(json, each.Value);
                }

                json.WriteEndObject();
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (var each in list)
                {
                    WriteItem(json, each);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(LogLine.Bounded(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    private static void WriteItem(Utf8JsonWriter json, object? value)
    {
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            WriteValue(json, value);
        }
    }
}
