using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Redaction;

/// <summary>Plants 200 marked secrets in everything that a careless service might write, and looks for the mark in everything that leaves it.</summary>
public sealed class CanaryTests
{
    private const int Secrets = 200;
    private const string Mark = "CANARY7Q";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // \" where the default has \u0022

    private sealed record Login(string User, string Password);

    /// <summary>A middleware before all of ours that fails.</summary>
    private sealed class Outside : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, then) => context.Request.Path == "/outside" ? throw new InvalidOperationException($"password={Mark}") : then(context));
            next(app);
        };
    }

    private sealed class Hostile
    {
        public override string ToString() => throw new InvalidOperationException($"{Mark}hostile");
    }

    /// <summary>What people read, where others have JSON.</summary>
    private sealed class Console : ILineTarget
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public bool Write(ReadOnlySpan<byte> line, LogLevel level)
        {
            Lines.Enqueue(Encoding.UTF8.GetString(line));
            return true;
        }

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task No_planted_secret_is_in_any_sink()
    {
        var received = new ConcurrentQueue<byte[]>();
        using var file = new WrittenLog();
        using var statsD = new StatsDReceiver();
        await using var collector = await CollectorAsync(received);
        var console = new Console();
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddTransient<IStartupFilter, Outside>().AddSingleton<ILoggerProvider>(services => new FileLineProvider(services.GetRequiredService<TextLogFormatter>(), new(console, "text", services.GetRequiredService<TelemetryFlow>(), TimeProvider.System))),
            Map, [$"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=50", "--OTEL_BLRP_SCHEDULE_DELAY=50", "--OTEL_METRIC_EXPORT_INTERVAL=50",
            "--StatsD:Host=127.0.0.1", $"--StatsD:Port={statsD.Port}", "--StatsD:Interval=00:00:01", .. file.Arguments]);

        var answers = new StringBuilder();
        for (var number = 0; number < Secrets; number++)
        {
            var response = await service.Client.SendAsync(Request(number));
            answers.Append(await response.Content.ReadAsStringAsync()).Append(response.Headers);
        }

        await service.Client.GetAsync("/outside");
        answers.Append(await service.Client.GetStringAsync("/metrics"));

        await service.Client.GetAsync("/last");
        await Eventually.TrueAsync("the last span and line to be exported", () => Text(received).Split("/last").Length > 2 && file.Lines().Any(line => line.Contains("/last", StringComparison.Ordinal)) && console.Lines.Any(line => line.Contains("/last", StringComparison.Ordinal)) && statsD.Lines.Any(line => line.Contains("last", StringComparison.Ordinal)));
        Assert.Equal(Secrets + 2, service.Logs.Named("request_completed").Count());
        Assert.Equal(Secrets, service.Logs.Named("Written").Count());
        Assert.Equal(Secrets, file.Lines().Count(line => line.Contains(""""payload":{"inner":[{"accessKey":"[redacted]"}]}"""", StringComparison.Ordinal))); // so it is looked through
        Assert.Equal(Secrets, console.Lines.Count(line => line.Contains(": Got ", StringComparison.Ordinal)));
        var everything = Text(received) + answers + string.Join('\n', console.Lines) + string.Join('\n', [.. file.Lines(), .. statsD.Lines]) + string.Join('\n', service.Logs.Events.Select(Shown));
        var at = everything.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(at < 0, at < 0 ? "" : everything.Substring(Math.Max(0, at - 200), 300));
    }

    [Fact]
    public async Task No_secret_in_a_tag_of_a_measurement_is_in_the_metrics()
    {
        using var statsD = new StatsDReceiver();
        await using var service = await TestService.StartAsync(arguments: ["--StatsD:Host=127.0.0.1", $"--StatsD:Port={statsD.Port}", "--StatsD:Interval=00:00:01"]);
        using var meter = service.Services.GetRequiredService<IMeterFactory>().Create(TelemetryNames.Sources.Gateway);

        meter.CreateCounter<long>("t.careless").Add(1, new("api_key", Mark), new("note", $"password={Mark}"), new("pin", 1234));

        var metrics = (await service.Client.GetStringAsync("/metrics")).Split('\n');
        Assert.Contains("""t_careless_total{otel_scope_name="MlAspire.Gateway",api_key="[redacted]",note="password=[redacted]",pin="1234"} 1""", metrics);
        await Eventually.TrueAsync("the measurement in StatsD", () => statsD.Lines.Any(line => line.Contains("t.careless.api_key._redacted_.note.password__redacted_.pin.1234:1|c", StringComparison.Ordinal)));
        Assert.DoesNotContain([.. metrics, .. statsD.Lines], line => line.Contains(Mark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_keeps_everything_that_is_not_secret()
    {
        await using var service = await TestService.StartAsync();
        var logger = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test");

        Plants.Signed(logger, "jane", "hunter2-secret", 12.345, new InvalidOperationException("hunter2-secret was refused"));

        var line = Assert.Single(service.Logs.Named("Signed"));
        Assert.Equal("jane signed in with [redacted] in 12.3 ms {x}", line.Message);
        Assert.Equal(("jane", "[redacted]", 12.345), (line.Fields["User"], line.Fields["Password"], line.Fields["Ms"]));
        Assert.Equal("[redacted] was refused", line.Exception?.Message);
        Assert.Equal("System.InvalidOperationException", RedactedException.TypeOf(line.Exception!));
    }

    [Fact]
    public async Task Value_that_cannot_be_read_takes_neither_the_request_nor_the_line_down()
    {
        await using var service = await TestService.StartAsync();
        var logger = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test");
        Plants.Odd(logger, new Hostile());
        var line = Assert.Single(service.Logs.Named("Odd"));
        Assert.Equal("[redacted] (an event that could not be checked: InvalidOperationException)", line.Message);
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/last", () => "x");
        app.MapPost("/{number:int}", async (int number, HttpRequest request, ILoggerFactory loggers) =>
        {
            var body = await new StreamReader(request.Body).ReadToEndAsync();
            var secret = SecretOf(number);
            var logger = loggers.CreateLogger("Careless");
            using var scope = logger.BeginScope(new Dictionary<string, object?> { ["api_key"] = secret, ["note"] = $"token: {secret}" });
            using var text = logger.BeginScope($"password={secret}");
            Activity.Current?.SetTag("user.password", secret).SetTag("note", $"Authorization: Bearer {secret}").SetTag("list", new[] { $"secret={secret}" });
            Plants.Written(logger, body, request.Headers.Authorization, request.QueryString.Value, new Login("x", secret),
                new Dictionary<string, object?> { ["inner"] = new[] { new Dictionary<string, object?> { ["accessKey"] = secret } } });
            Plants.Asked(logger, request.Headers, request.Query, new Dictionary<string, int> { [$"{Mark}{number}@example.org"] = number });
            Plants.Named(logger, secret, new InvalidOperationException($"outer {secret}", new InvalidOperationException($"pwd={secret}")));
            return (number % 4) switch
            {
                0 => Results.Ok(),
                1 => throw new InvalidOperationException($"apiKey '{secret}' with password={secret}"),
                2 => throw new BadHttpRequestException($"cookie: {secret}", 400),
                _ => throw new ServiceError(ErrorCode.Unavailable, "Down.", new TimeoutException($"https://user:{secret}@host/ failed")),
            };
        });
    }

    /// <summary>The mark stands behind what could end a secret for who does not look well.</summary>
    private static string SecretOf(int number) => $"s{" ,&)}]@'/"[number % 9]}{Mark}{number}";

    private static HttpRequestMessage Request(int number)
    {
        var secret = SecretOf(number);
        var body = $$"""{"user":"x","credentials":{"password":"{{secret}}"},"refresh_token":"{{secret}}","mail":"{{Mark}}{{number}}@example.org"}""";
        var query = $"password={Uri.EscapeDataString(secret)}&x=1";
        return new HttpRequestMessage(HttpMethod.Post, $"/{number}?{(number % 2 == 0 ? query : $"next={Uri.EscapeDataString($"/x?{query}")}")}")
        {
            Content = new StringContent((number % 3) switch
            {
                0 => body,
                1 => JsonSerializer.Serialize(new { body }, Relaxed),
                _ => JsonSerializer.Serialize(new { body }),
            }),
            Headers = { { "Authorization", $"Bearer {Mark}{number}" }, { "Cookie", $"a=1; b={secret}" }, { "X-Api-Key", secret } },
        };
    }

    private static Task<ServiceHost> CollectorAsync(ConcurrentQueue<byte[]> received) => TestService.StartAsync(map: app => app.MapPost("/v1/{signal}", async (HttpRequest request) =>
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        received.Enqueue(body.ToArray());
    }));

    private static string Text(IEnumerable<byte[]> received) => string.Concat(received.Select(Encoding.Latin1.GetString));

    private static string Shown(RecordedLog line) =>
        $"{line.Message} {line.Exception} {JsonSerializer.Serialize(line.Fields.Select(field => $"{field.Key}={JsonSerializer.Serialize(field.Value)}"))}";
}

internal static partial class Plants
{
    [LoggerMessage(LogLevel.Information, "Got {Body} with {Authorization} and {Query} from {Login}: {Payload}")]
    public static partial void Written(ILogger logger, string body, string? authorization, string? query, object login, object payload);

    [LoggerMessage(LogLevel.Information, "Asked with {Headers} for {Query} by {Counts}")]
    public static partial void Asked(ILogger logger, IHeaderDictionary headers, IQueryCollection query, Dictionary<string, int> counts);

    [LoggerMessage(LogLevel.Error, "Used {ApiKey}")]
    public static partial void Named(ILogger logger, string apiKey, Exception exception);

    [LoggerMessage(LogLevel.Information, "{User} signed in with {Password} in {Ms:F1} ms {{x}}")]
    public static partial void Signed(ILogger logger, string user, string password, double ms, Exception exception);

    [LoggerMessage(LogLevel.Information, "Odd {Value}")]
    public static partial void Odd(ILogger logger, object value);
}
