using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MlAspire.Testing;

/// <summary>One log event as it was written.</summary>
/// <param name="Fields">Named values of the message and of the scopes around it, names as written.</param>
public sealed record RecordedLog(
    LogLevel Level, string Category, string? Event, string Message, Exception? Exception, IReadOnlyDictionary<string, object?> Fields);

/// <summary>Keeps every log event for assertions: <c>builder.Logging.AddProvider(logs)</c>.</summary>
public sealed class RecordedLogs : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<RecordedLog> events = new();
    private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<RecordedLog> Events => [.. events];

    public IEnumerable<RecordedLog> Named(string eventName) => events.Where(each => each.Event == eventName);

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Recorder(RecordedLogs owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner.scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = new Dictionary<string, object?>();
            owner.scopes.ForEachScope(static (scope, fields) => Take(scope, fields), fields);
            Take(state, fields);
            owner.events.Enqueue(new RecordedLog(logLevel, category, eventId.Name, formatter(state, exception), exception, fields));
        }

        private static void Take(object? state, Dictionary<string, object?> fields)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> pairs)
            {
                foreach (var (name, value) in pairs)
                {
                    fields[name] = value;
                }
            }
        }
    }
}
