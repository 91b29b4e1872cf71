using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed partial class TextLogFormatterTests
{
    [Theory]
    [InlineData(LogLevel.Debug, "DEBUG   ", "90")]
    [InlineData(LogLevel.Information, "INFO    ", "32")]
    [InlineData(LogLevel.Warning, "WARNING ", "33")]
    [InlineData(LogLevel.Critical, "CRITICAL", "31")]
    public void A_line_for_people_has_time_level_category_place_and_message_and_a_colour_where_it_is_asked_for(LogLevel level, string name, string colour)
    {
        Assert.Equal($"13:00:00.123 {name} MlAspire.Test.here: Read\n    two lines\n", Write(new(), level, null));
        Assert.Equal($"13:00:00.123 \e[{colour}m{name}\e[0m MlAspire.Test.here: Read\n    two lines\n", Write(new() { Colorize = true }, level, null));
    }

    [Fact]
    public void An_exception_is_below_its_line_without_its_stack_when_Backtrace_is_off()
    {
        Assert.Equal(
            "13:00:00.123 ERROR    MlAspire.Test.here: Read\n    two lines\n    System.InvalidOperationException: why\n",
            Write(new() { Backtrace = false }, LogLevel.Error, new InvalidOperationException("why", new InvalidOperationException("inner"))));
        Assert.Contains("inner", Write(new(), LogLevel.Error, new InvalidOperationException("why", new InvalidOperationException("inner"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_place_is_that_of_the_log_call_through_everything_that_is_between()
    {
        var output = new Written();
        await using var service = await TestService.StartAsync(builder => builder.Logging.AddProvider(output));
        var log = service.Services.GetRequiredService<ILogger<TextLogFormatterTests>>();

        await Task.Yield();
        LogHere(log);
        var line = Line() - 1;

        Assert.Contains($"{nameof(TextLogFormatterTests)}.{nameof(The_place_is_that_of_the_log_call_through_everything_that_is_between)}:{line}: here\n", output.Text, StringComparison.Ordinal);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "here")]
    private static partial void LogHere(ILogger log);

    private static int Line([CallerLineNumber] int line = 0) => line;

    private static string Write(LogLineOptions options, LogLevel level, Exception? exception)
    {
        var formatter = new TextLogFormatter(new Fixed<LogLineOptions>(options), new ManualTimeProvider(new DateTimeOffset(2001, 3, 1, 13, 0, 0, 123, TimeSpan.Zero)));
        var output = new ArrayBufferWriter<byte>();
        var line = Line() + 1;
        formatter.Write(new LogEntry<string>(level, "MlAspire.Test", default, "Read\ntwo lines", exception, (state, _) => state), null, output);
        return Encoding.UTF8.GetString(output.WrittenSpan).Replace($".{nameof(Write)}:{line}", ".here", StringComparison.Ordinal);
    }

    /// <summary>A sink of a service whose lines are for people.</summary>
    private sealed class Written : ILoggerProvider, ILogger
    {
        private readonly TextLogFormatter formatter = new(new Fixed<LogLineOptions>(new()), TimeProvider.System);

        public string Text { get; private set; } = "";

        public ILogger CreateLogger(string categoryName) => categoryName == typeof(TextLogFormatterTests).FullName ? this : NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> toText)
        {
            var line = new ArrayBufferWriter<byte>();
            formatter.Write(new LogEntry<TState>(logLevel, typeof(TextLogFormatterTests).FullName!, eventId, state, exception, toText), null, line);
            Text += Encoding.UTF8.GetString(line.WrittenSpan);
        }

        public void Dispose()
        {
        }
    }
}
