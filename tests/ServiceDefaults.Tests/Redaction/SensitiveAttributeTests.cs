using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Tests.Redaction;

public sealed partial class SensitiveAttributeTests
{
    private const string Jane = "Jane Doe";

    public static TheoryData<object, string> Marked => new()
    {
        { new PassengerId(Jane), "\"[redacted]\"" },
        { new FrequentFlyer(Jane), "\"[redacted]\"" }, // marked by its base
        { new Booking(Jane, 17, null), """{"Passenger":"[redacted]","Seat":17,"Next":null}""" },
        { new Booking(Jane, 17, new(Jane, 18, null)), """{"Passenger":"[redacted]","Seat":17,"Next":{"Passenger":"[redacted]","Seat":18,"Next":null}}""" },
        { new object[] { 1, new PassengerId(Jane) }, """[1,"[redacted]"]""" },
        { new Dictionary<string, object?> { ["seat"] = 17, ["who"] = new PassengerId(Jane) }, """{"seat":17,"who":"[redacted]"}""" },
    };

    [Theory]
    [MemberData(nameof(Marked))]
    public void What_is_marked_is_taken_out_under_any_name_and_inside_collections(object value, string expected) =>
        Assert.Equal(expected, JsonSerializer.Serialize(Redactor.Value("what", value)));

    [Fact]
    public void What_is_not_marked_stays() => Assert.Equal("Seat { Row = 17 }", Redactor.Value("seat", new Seat(17)));

    public static TheoryData<object, bool> Whole => new()
    {
        { new PassengerId(Jane), true },
        { new FrequentFlyer(Jane), true },
        { new Booking(Jane, 17, null), true },
        { new Seat(17), true }, // nobody can say
        { new object[] { 1 }, false }, // its items are looked at
        { new Uri("http://localhost"), false },
        { new Microsoft.AspNetCore.Http.PathString("/v2"), false },
    };

    /// <summary>Where properties cannot be found, in a program that is compiled natively.</summary>
    [Theory]
    [MemberData(nameof(Whole))]
    public void Without_its_properties_every_object_that_is_not_NET_s_own_is_taken_out(object value, bool taken) => Assert.Equal(taken, SensitiveAttribute.MarkedWhole(value) is []);

    [Fact]
    public void A_line_that_names_a_marked_value_does_not_hold_it()
    {
        var sink = new Sink();
        using var factory = new RedactingLoggerFactory(new LoggerFactory([sink]));
        var log = factory.CreateLogger("gate");

        LogBoarding(log, new PassengerId(Jane), 17);

        Assert.Equal(["[redacted] boards on 17: Passenger=[redacted] Row=17"], sink.Lines);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Passenger} boards on {Row}")]
    private static partial void LogBoarding(ILogger log, PassengerId passenger, int row);

    [Sensitive]
    private readonly record struct PassengerId(string Value);

    [Sensitive]
    private abstract record Customer(string Name);

    private sealed record FrequentFlyer(string Name) : Customer(Name);

    private sealed record Booking([property: Sensitive] string Passenger, int Seat, Booking? Next);

    private sealed record Seat(int Row);

    private sealed class Sink : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{formatter(state, exception)}: {string.Join(' ', ((IEnumerable<KeyValuePair<string, object?>>)state!).Where(pair => pair.Key != "{OriginalFormat}").Select(pair => $"{pair.Key}={pair.Value}"))}");

        public void Dispose()
        {
        }
    }
}
