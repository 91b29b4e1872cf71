using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Detail;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Lines on stdout and stderr; settings under <c>Logging:Console</c>.</summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLineProvider(LineFormatter formatter, LineQueue queue) : LineLoggerProvider(formatter, queue);

/// <summary>Lines in files; settings under <c>Logging:File</c>.</summary>
[ProviderAlias("File")]
internal sealed class FileLineProvider(LineFormatter formatter, LineQueue queue) : LineLoggerProvider(formatter, queue);

/// <summary>Makes a line of every event, on the thread and in the span of the caller, and hands it over: a warning and the one line of a request at once, another line of a request when there is a verdict on it.</summary>
internal abstract class LineLoggerProvider(LineFormatter formatter, LineQueue queue) : ILoggerProvider, ISupportExternalScope
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer; // a line is made here and copied out

    private IExternalScopeProvider? scopes;

    public LineFormatter Formatter => formatter;

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose() => queue.Dispose();

    private void Add<TState>(in LogEntry<TState> entry)
    {
        var detail = RequestDetail.Holding(entry.LogLevel, entry.EventId.Name);
        var line = buffer ??= new ArrayBufferWriter<byte>(1024);
        line.ResetWrittenCount();
        try
        {
            formatter.Write(entry, scopes, line);
        }
        catch (Exception) // a value that changes or throws while it is read takes its line with it, but not its caller
        {
            queue.AddUnmade();
            return;
        }

        if (detail is not null)
        {
            detail.Add(queue.Hold(line.WrittenSpan, entry.LogLevel));
        }
        else
        {
            queue.Add(line.WrittenSpan, entry.LogLevel);
        }
    }

    private sealed class LineLogger(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner.scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            owner.Add(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
    }
}
