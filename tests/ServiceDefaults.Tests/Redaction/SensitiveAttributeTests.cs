using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Tests.Logging;

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
        { new Dictionary<PassengerId, int> { [new(Jane)] = 17 }, """{"[redacted]":17}""" },
        { new Dictionary<string, PassengerId> { ["who"] = new(Jane) }, """{"who":"[redacted]"}""" },
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
        using var factory = sink.Redacted();

        var log = factory.CreateLogger("gate");
        LogBoarding(log, new PassengerId(Jane), 17);

        Assert.Equal(["[redacted] boards on 17: Passenger=[redacted] Row=17"], sink.Lines);
    }

    [Fact]
    public void An_exception_beside_a_marked_value_keeps_its_type_and_stack_and_not_its_messages()
    {
        var sink = new Sink();
        using var factory = sink.Redacted();

        LogFailed(factory.CreateLogger("gate"), Thrown($"No seat for {Jane}", Thrown($"{new PassengerId(Jane)}")), new PassengerId(Jane));

        var failure = Assert.Single(sink.Failures);
        Assert.Equal(("[redacted]", "System.InvalidOperationException"), (failure.Message, RedactedException.TypeOf(failure)));
        Assert.StartsWith("System.InvalidOperationException: [redacted]\n ---> System.InvalidOperationException: [redacted]\n   at ", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Jane, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_nested_in_a_value_is_taken_out_of_the_exception()
    {
        var sink = new Sink();
        using var factory = sink.Redacted();

        LogFailed(factory.CreateLogger("gate"), Thrown("No hunter2-long, no hunter2, no 98765"), new Dictionary<string, object?> { ["password"] = "hunter2", ["then"] = new[] { KeyValuePair.Create("pwd", "hunter2-long") }, ["token"] = 98765 });

        Assert.Equal("No [redacted], no [redacted], no [redacted]", Assert.Single(sink.Failures).Message);
    }

    [Fact]
    public void What_is_marked_in_a_scope_is_taken_out_of_the_exceptions_in_it()
    {
        var sink = new Sink();
        using var factory = sink.Redacted();
        var log = factory.CreateLogger("gate");

        using (log.BeginScope(new Dictionary<string, object?> { ["password"] = "hunter2" }))
        {
            LogFailed(log, Thrown("No hunter2"), "x");
        }

        using (log.BeginScope(new Dictionary<string, object?> { ["passenger"] = new PassengerId(Jane) }))
        {
            LogFailed(log, Thrown($"No {Jane}"), "x");
        }

        LogFailed(log, Thrown("No hunter2"), "x");
        Assert.Equal(["No [redacted]", "[redacted]", "No hunter2"], sink.Failures.Select(each => each.Message));
    }

    private static InvalidOperationException Thrown(string message, Exception? inner = null)
    {
        try
        {
            throw new InvalidOperationException(message, inner);
        }
        catch (InvalidOperationException thrown)
        {
            return thrown;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Value} failed")]
    private static partial void LogFailed(ILogger log, Exception exception, object value);

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

        public List<Exception> Failures { get; } = [];

        public RedactingLoggerFactory Redacted()
        {
            var scopes = new LoggerExternalScopeProvider();
            return new(new LoggerFactory([this], new Fixed<LoggerFilterOptions>(new()), null, scopes), scopes);
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                Failures.Add(exception);
            }

            Lines.Add($"{formatter(state, exception)}: {string.Join(' ', ((IEnumerable<KeyValuePair<string, object?>>)state!).Where(pair => pair.Key != "{OriginalFormat}").Select(pair => $"{pair.Key}={pair.Value}"))}");
        }

        public void Dispose()
        {
        }
    }
}
