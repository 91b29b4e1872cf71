using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>For people: <c>13:00:00.123 INFO     MlAspire.Gateway.X.RunAsync:42: message correlation_id=... trace_id=...</c>; further lines of a message or exception are indented.</summary>
internal sealed class TextLogFormatter(IOptionsMonitor<LogLineOptions> options, TimeProvider time) : LineFormatter
{
    private const string Plain = "\e[0m";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, IBufferWriter<byte> output)
    {
        var line = LogLine.From(entry, scopes);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow():HH:mm:ss.fff} {Level(line.Level)} {line.Module}{(LogCaller.Find() is { } caller ? $".{caller}" : "")}: {Indented(line.Message)}");
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
            text.Append(CultureInfo.InvariantCulture, $"    {Indented(options.CurrentValue.Backtrace ? LogLine.Bounded(exception.ToString()) : $"{RedactedException.TypeOf(exception)}: {LogLine.Bounded(exception.Message)}")}\n");
        }

        Encoding.UTF8.GetBytes(text.ToString(), output);
    }

    private string Level(LogLevel level)
    {
        var name = $"{LogLine.NameOf(level),-8}";
        return options.CurrentValue.Colorize ? $"{ColourOf(level)}{name}{Plain}" : name;
    }

    private static string ColourOf(LogLevel level) => level switch
    {
        LogLevel.Information => "\e[32m", // green
        LogLevel.Warning => "\e[33m", // yellow
        LogLevel.Error or LogLevel.Critical => "\e[31m", // red
        _ => "\e[90m", // grey
    };

    private static string Indented(string text) => text.ReplaceLineEndings("\n    ");
}
