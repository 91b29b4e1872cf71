using System.Collections;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using OpenTelemetry.Logs;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>A copy of a log record, which the SDK uses again. When it is told it is logged once more, to OpenTelemetry alone, as state that <see cref="LogDetailProcessor"/> knows, in the context that it was logged in: scopes, trace and span are those of then.</summary>
/// <param name="loggers">OpenTelemetry's logger of a category.</param>
internal sealed class HeldRecord(LogRecord record, Func<string, ILogger> loggers, SinkFlow flow) : Held(flow), IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] attributes = [.. record.Attributes ?? []];
    private readonly string category = record.CategoryName ?? "";
    private readonly LogLevel level = record.LogLevel;
    private readonly EventId id = record.EventId;
    private readonly string text = record.FormattedMessage ?? "";
    private readonly Exception? exception = record.Exception;
    private readonly ExecutionContext? context = ExecutionContext.Capture();

    public DateTime Timestamp { get; } = record.Timestamp;

    public int Count => attributes.Length;

    public KeyValuePair<string, object?> this[int index] => attributes[index];

    public override void Release()
    {
        if (context is null)
        {
            Log();
        }
        else
        {
            ExecutionContext.Run(context, static held => ((HeldRecord)held!).Log(), this);
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => attributes.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Log() => loggers(category).Log(level, id, this, exception, static (held, _) => held.text);
}
