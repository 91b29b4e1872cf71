using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Lines on stdout and stderr; settings under <c>Logging:Console</c>.</summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLineProvider(ConsoleFormatter formatter, LineQueue queue) : LineLoggerProvider(formatter, queue);

/// <summary>Lines in files; settings under <c>Logging:File</c>.</summary>
[ProviderAlias("File")]
internal sealed class FileLineProvider(ConsoleFormatter formatter, LineQueue queue) : LineLoggerProvider(formatter, queue);

/// <summary>Makes a line of every event, on the thread and in the span of the caller, and hands it over.</summary>
internal abstract class LineLoggerProvider(ConsoleFormatter formatter, LineQueue queue) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider? scopes;

    public ConsoleFormatter Formatter => formatter;

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose() => queue.Dispose();

    private sealed class LineLogger(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner.scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var text = new StringWriter();
            owner.Formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), owner.scopes, text);
            owner.Add(Encoding.UTF8.GetBytes(text.ToString()), logLevel);
        }
    }

    private void Add(byte[] line, LogLevel level) => queue.Add(line, level);
}
