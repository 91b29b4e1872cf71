using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Tests.Redaction;

/// <summary>A state is used again for the thread's next event: nothing of the one before may be seen in it.</summary>
public sealed partial class RedactedStateTests
{
    [Fact]
    public void A_sink_that_logs_while_it_writes_an_event_does_not_change_it()
    {
        var sink = new Sink();
        using var factory = new RedactingLoggerFactory(new LoggerFactory([sink]), new LoggerExternalScopeProvider());
        var (outer, inner) = (factory.CreateLogger("outer"), factory.CreateLogger("inner"));
        sink.BeforeOuter = () => Inner(inner, 2);

        Outer(outer, 1);

        Assert.Equal(["Inner 2: Number=2 {OriginalFormat}=Inner {Number}", "Outer 1: Number=1 {OriginalFormat}=Outer {Number}"], sink.Seen);
    }

    [Fact]
    public void A_sink_that_keeps_an_event_beyond_its_call_finds_nothing_in_it()
    {
        var sink = new Sink();
        using var factory = new RedactingLoggerFactory(new LoggerFactory([sink]), new LoggerExternalScopeProvider());

        var outer = factory.CreateLogger("outer");

        Outer(outer, 1);

        Assert.Empty(sink.Kept!);
        Assert.Equal("", sink.Kept!.ToString());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Outer {Number}")]
    private static partial void Outer(ILogger log, int number);

    [LoggerMessage(Level = LogLevel.Information, Message = "Inner {Number}")]
    private static partial void Inner(ILogger log, int number);

    private sealed class Sink : ILoggerProvider
    {
        public List<string> Seen { get; } = [];

        public IReadOnlyList<KeyValuePair<string, object?>>? Kept { get; private set; }

        public Action? BeforeOuter { get; set; }

        public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Writer(Sink owner, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (category == "outer")
                {
                    owner.BeforeOuter?.Invoke();
                }

                owner.Kept = (IReadOnlyList<KeyValuePair<string, object?>>)state!;
                owner.Seen.Add($"{formatter(state, exception)}: {string.Join(' ', owner.Kept.Select(pair => $"{pair.Key}={pair.Value}"))}");
            }
        }
    }
}
