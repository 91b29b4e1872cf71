using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class JsonLogFormatterTests
{
    private readonly JsonLogFormatter formatter = new(
        new Fixed<LogLineOptions>(new LogLineOptions { Service = "gateway" }), new ManualTimeProvider(new DateTimeOffset(2001, 3, 1, 13, 0, 0, 123, TimeSpan.Zero)));

    [Fact]
    public void Line_has_all_fields_of_the_event_in_their_place_but_those_without_a_value()
    {
        var span = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var scopes = new RequestScopes();
        using var correlation = CorrelationId.Begin("c-1");
        using var scope = scopes.Push(new Dictionary<string, object?> { ["RequestPath"] = "/p", ["RequestId"] = "noise" });

        var line = Write(
            LogLevel.Warning, "Slow: 12.5 ms", [new("ModelVersion", 3), new("DurationMs", 12.5), new("IsCanary", true), new("Missing", null), new("{OriginalFormat}", "x")], scopes: scopes);
        span.Stop();

        Assert.Equal(
            $$"""{"timestamp":"2001-03-01T13:00:00.123Z","level":"WARNING","message":"Slow: 12.5 ms","module":"MlAspire.Gateway.Test","event":"test_happened","service":"gateway","trace_id":"{{span.TraceId}}","span_id":"{{span.SpanId}}","trace_flags":"00","correlation_id":"c-1","request_path":"/p","model_version":3,"duration_ms":12.5,"is_canary":true}""" + "\n",
            line);
    }

    [Theory]
    [InlineData("2004-02-29T23:59:59.9990000+00:00", "2004-02-29T23:59:59.999Z")] // a leap day's end
    [InlineData("2001-04-01T01:59:59.9999999-05:00", "2001-04-01T06:59:59.9999999Z")] // the last tick before summer time in New York
    [InlineData("2001-04-01T03:00:00.0000000-04:00", "2001-04-01T07:00:00Z")] // and the first of it: no hour is missing
    [InlineData("2001-10-28T01:30:00.0010000-04:00", "2001-10-28T05:30:00.001Z")] // the hour that is there twice
    [InlineData("2001-10-28T01:30:00.0010000-05:00", "2001-10-28T06:30:00.001Z")]
    public void The_time_is_UTC_and_to_the_tick(string moment, string expected)
    {
        var at = new JsonLogFormatter(new Fixed<LogLineOptions>(new()), new ManualTimeProvider(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture)));
        var output = new ArrayBufferWriter<byte>();

        at.Write(new LogEntry<string>(LogLevel.Information, "Test", default, "", null, (state, _) => state), null, output);

        Assert.Equal(expected, JsonDocument.Parse(output.WrittenMemory).RootElement.GetProperty("timestamp").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_stack_trace_is_there_unless_Backtrace_is_off(bool backtrace)
    {
        var at = new JsonLogFormatter(new Fixed<LogLineOptions>(new() { Backtrace = backtrace }), new ManualTimeProvider());
        var output = new ArrayBufferWriter<byte>();

        at.Write(new LogEntry<string>(LogLevel.Error, "Test", default, "", new InvalidOperationException("why"), (state, _) => state), null, output);

        var line = JsonDocument.Parse(output.WrittenMemory).RootElement;
        Assert.Equal("why", line.GetProperty("exception_message").GetString());
        Assert.Equal(backtrace, line.TryGetProperty("exception_stacktrace", out _));
    }

    public static TheoryData<string> Hard => ["two\nlines\r\nand more", "quote \" backslash \\", "lone surrogate \ud800 here", "\u2028\u2029\u0085\0", new string('x', 1_000_000), "{brace} {0}"];

    [Theory]
    [MemberData(nameof(Hard))]
    public void Any_text_is_one_line_of_valid_JSON(string text)
    {
        var line = Write(LogLevel.Information, text, [new("Value", text)], new InvalidOperationException(text));

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain('\r', line);
        Assert.True(line.Length < 4 * 40_000, $"{line.Length} characters");
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal(json.GetProperty("message").GetString(), json.GetProperty("value").GetString());
        Assert.Equal("System.InvalidOperationException", json.GetProperty("exception_type").GetString());
    }

    [Fact]
    public void Field_of_a_message_cannot_pass_for_one_of_the_line()
    {
        var json = JsonDocument.Parse(Write(LogLevel.Error, "m", [new("Level", "fake"), new("TraceId", "fake"), new("Service", "fake"), new("RequestId", "7")])).RootElement;
        Assert.Equal(("ERROR", "fake"), (json.GetProperty("level").GetString(), json.GetProperty("extra_level").GetString()));
        Assert.Equal(("gateway", "fake"), (json.GetProperty("service").GetString(), json.GetProperty("extra_service").GetString()));
        Assert.Equal("fake", json.GetProperty("extra_trace_id").GetString());
        Assert.False(json.TryGetProperty("trace_id", out _));
        Assert.Equal("7", json.GetProperty("request_id").GetString()); // only ASP.NET Core's scope of that name is noise
    }

    [Theory]
    [InlineData(LogLevel.Trace, "TRACE")]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARNING")]
    [InlineData(LogLevel.Error, "ERROR")]
    [InlineData(LogLevel.Critical, "CRITICAL")]
    public void Level_is_spelt_as_the_lessons_spell_it(LogLevel level, string name) =>
        Assert.Equal(name, JsonDocument.Parse(Write(level, "m", [])).RootElement.GetProperty("level").GetString());

    [Fact]
    public void Number_that_JSON_cannot_hold_is_a_text()
    {
        var json = JsonDocument.Parse(Write(LogLevel.Information, "m", [new("Score", double.NaN), new("Big", ulong.MaxValue)])).RootElement;
        Assert.Equal("NaN", json.GetProperty("score").GetString());
        Assert.Equal("18446744073709551615", json.GetProperty("big").GetRawText().Trim('"'));
    }

    [Fact]
    public void Collections_are_objects_and_arrays()
    {
        var line = Write(LogLevel.Information, "m", [new("Map", new Dictionary<string, object?> { ["a"] = new object?[] { 1, "two", null }, ["b"] = new Dictionary<string, object?>() }), new("Rows", new List<double> { 0.5, double.NaN })]);

        Assert.EndsWith(""","map":{"a":[1,"two",null],"b":{}},"rows":[0.5,"NaN"]}""" + "\n", line, StringComparison.Ordinal);
    }

    private string Write(
        LogLevel level, string message, KeyValuePair<string, object?>[] fields, Exception? exception = null, IExternalScopeProvider? scopes = null)
    {
        var line = new ArrayBufferWriter<byte>();
        formatter.Write(new LogEntry<KeyValuePair<string, object?>[]>(level, "MlAspire.Gateway.Test", new EventId(1, "TestHappened"), fields, exception, (_, _) => message), scopes, line);
        return Encoding.UTF8.GetString(line.WrittenSpan);
    }
}
