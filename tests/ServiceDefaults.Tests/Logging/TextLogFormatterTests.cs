using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class TextLogFormatterTests
{
    [Theory]
    [InlineData(LogLevel.Debug, "DEBUG   ", "90")]
    [InlineData(LogLevel.Information, "INFO    ", "32")]
    [InlineData(LogLevel.Warning, "WARNING ", "33")]
    [InlineData(LogLevel.Critical, "CRITICAL", "31")]
    public void A_line_for_people_has_time_level_category_and_message_and_a_colour_where_it_is_asked_for(LogLevel level, string name, string colour)
    {
        Assert.Equal($"13:00:00.123 {name} MlAspire.Test: Read\n    two lines\n", Write(new(), level, null));
        Assert.Equal($"13:00:00.123 \e[{colour}m{name}\e[0m MlAspire.Test: Read\n    two lines\n", Write(new() { Colorize = true }, level, null));
    }

    [Fact]
    public void An_exception_is_below_its_line_without_its_stack_when_Backtrace_is_off()
    {
        Assert.Equal(
            "13:00:00.123 ERROR    MlAspire.Test: Read\n    two lines\n    System.InvalidOperationException: why\n",
            Write(new() { Backtrace = false }, LogLevel.Error, new InvalidOperationException("why", new InvalidOperationException("inner"))));
        Assert.Contains("inner", Write(new(), LogLevel.Error, new InvalidOperationException("why", new InvalidOperationException("inner"))), StringComparison.Ordinal);
    }

    private static string Write(LogLineOptions options, LogLevel level, Exception? exception)
    {
        var formatter = new TextLogFormatter(new Fixed<LogLineOptions>(options), new ManualTimeProvider(new DateTimeOffset(2001, 3, 1, 13, 0, 0, 123, TimeSpan.Zero)));
        var output = new ArrayBufferWriter<byte>();
        formatter.Write(new LogEntry<string>(level, "MlAspire.Test", default, "Read\ntwo lines", exception, (state, _) => state), null, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
