using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Correlation;

public sealed class CorrelationTests
{
    public sealed class Behind(HttpClient http)
    {
        public Task<string> AskAsync(CancellationToken cancellationToken) => http.GetStringAsync("/", cancellationToken);
    }

    [Fact]
    public async Task Id_of_the_caller_is_in_the_answer_in_every_log_line_and_in_the_service_behind()
    {
        await using var behind = await TestService.StartAsync(map: app => app.MapGet("/", () => CorrelationId.Current));
        await using var front = await TestService.StartAsync(
            builder =>
            {
                builder.AddServiceClient<Behind>("behind");
                builder.UseService("behind", behind.Address);
            },
            app => app.MapGet("/", (Behind client, CancellationToken cancellationToken) => client.AskAsync(cancellationToken)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-correlation-id", "flight-7.A_b" } } };

        var response = await front.Client.SendAsync(request);

        Assert.Equal("flight-7.A_b", await response.Content.ReadAsStringAsync());
        Assert.Equal(["flight-7.A_b"], response.Headers.GetValues("x-correlation-id"));
        foreach (var service in new[] { front, behind })
        {
            var line = await Eventually.ValueAsync("the line of the request", () => Task.FromResult(service.Logs.Named("request_completed").SingleOrDefault()));
            Assert.Equal("flight-7.A_b", line.Fields["correlation_id"]);
            Assert.Equal(("GET", "/", 200), (line.Fields["Method"], line.Fields["Route"], line.Fields["StatusCode"]));
        }
    }

    [Theory]
    [InlineData("correlation_id=flight-7", null, "flight-7")]
    [InlineData("user=x;p=1, correlation_id = flight-7 ;kept=no", null, "flight-7")]
    [InlineData("correlation_id=flight%2D7", null, "flight-7")]
    [InlineData("correlation_id=flight-7", "two words", "flight-7")]
    [InlineData("correlation_id=flight-7", "header-8", "header-8")]
    [InlineData("", "header-8", "header-8")]
    public async Task Id_of_the_callers_baggage_is_taken_when_no_header_has_one_and_goes_on_in_the_baggage(string baggage, string? header, string expected)
    {
        await using var behind = await TestService.StartAsync(map: app => app.MapGet("/", (HttpRequest request) => $"{CorrelationId.Current}: {request.Headers.Baggage}"));
        await using var front = await TestService.StartAsync(
            builder =>
            {
                builder.AddServiceClient<Behind>("behind");
                builder.UseService("behind", behind.Address);
            },
            app => app.MapGet("/", (Behind client, CancellationToken cancellationToken) => client.AskAsync(cancellationToken)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("baggage", baggage);
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("x-correlation-id", header);
        }

        var answer = await (await front.Client.SendAsync(request)).Content.ReadAsStringAsync();

        Assert.StartsWith($"{expected}: ", answer, StringComparison.Ordinal);
        Assert.Matches($"correlation_id ?= ?{(baggage.Length == 0 ? expected : "flight-7")}", answer); // the caller's stays as it is
        Assert.Single(Regex.Matches(answer, "correlation_id"));
    }

    [Theory]
    [InlineData("correlation_id")]
    [InlineData("correlation_id=")]
    [InlineData("correlation_id=two%20words")]
    [InlineData("xcorrelation_id=flight-7")]
    [InlineData("Correlation_Id=flight-7")] // names are case-sensitive
    [InlineData("a=1;correlation_id=flight-7")] // a property
    public async Task Baggage_without_an_allowed_id_gives_a_new_one(string baggage)
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/", () => CorrelationId.Current));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("baggage", baggage);

        Assert.Matches("^[0-9a-f]{32}$", await (await service.Client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    private const string Missing = "(no header)";

    public static TheoryData<string> Invalid => [Missing, "", "two words", "quote\"", "a,b", "a/b", new string('x', 129)];

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Id_that_is_missing_or_not_allowed_is_replaced_by_a_new_one(string id)
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/", () => CorrelationId.Current));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (id != Missing)
        {
            request.Headers.TryAddWithoutValidation("x-correlation-id", id);
        }

        var response = await service.Client.SendAsync(request);

        var used = await response.Content.ReadAsStringAsync();
        Assert.Matches("^[0-9a-f]{32}$", used);
        Assert.Equal([used], response.Headers.GetValues("x-correlation-id"));
    }

    [Fact]
    public async Task Longest_allowed_id_is_kept()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/", () => CorrelationId.Current));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-correlation-id", new string('x', 128) } } };
        Assert.Equal(new string('x', 128), await (await service.Client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Parallel_requests_never_see_the_id_of_another()
    {
        const int Requests = 256;
        using var all = new CountdownEvent(Requests);
        var everyoneIsIn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/{id}", async (string id, ILogger<CorrelationTests> logger) =>
        {
            if (all.Signal())
            {
                everyoneIsIn.SetResult();
            }

            await everyoneIsIn.Task.WithinAsync("all requests to be in the service at once");
            Lines.Seen(logger, id);
            return CorrelationId.Current;
        }));

        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(async number =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/r{number}") { Headers = { { "x-correlation-id", $"r{number}" } } };
            var response = await service.Client.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }));

        Assert.Equal(Enumerable.Range(0, Requests).Select(number => $"r{number}"), answers);
        var lines = service.Logs.Named("Seen").ToList();
        Assert.Equal(Requests, lines.Count);
        Assert.All(lines, line => Assert.Equal(line.Fields["Id"], line.Fields["correlation_id"]));
    }

    [Fact]
    public async Task Begun_id_ends_with_its_work()
    {
        using var logs = new RecordedLogs();
        using var factory = new LoggerFactory([logs], new Logging.Fixed<LoggerFilterOptions>(new()), Microsoft.Extensions.Options.Options.Create(new LoggerFactoryOptions()), new RequestScopes());
        var logger = factory.CreateLogger<CorrelationTests>();
        using (CorrelationId.Begin("outer"))
        {
            await Task.Run(() =>
            {
                using var inner = CorrelationId.Begin("inner");
                Lines.Seen(logger, "inner");
            });
            Lines.Seen(logger, "outer");
        }

        Assert.Null(CorrelationId.Current);
        Assert.Equal(["inner", "outer"], logs.Events.Select(line => line.Fields["correlation_id"]));
    }
}

internal static partial class Lines
{
    [LoggerMessage(LogLevel.Information, "Seen {Id}")]
    public static partial void Seen(ILogger logger, string id);
}
