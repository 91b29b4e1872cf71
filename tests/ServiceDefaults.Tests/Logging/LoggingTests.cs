using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class LoggingTests
{
    [Theory]
    [InlineData("Production", null, "JsonLogFormatter")]
    [InlineData("Development", null, "TextLogFormatter")]
    [InlineData("Development", "json", "JsonLogFormatter")]
    [InlineData("Production", "text", "TextLogFormatter")]
    public async Task Format_follows_the_environment_unless_it_is_set_and_never_what_Aspire_sets(string environment, string? format, string formatter)
    {
        await using var service = await TestService.StartAsync(builder =>
        {
            builder.Environment.EnvironmentName = environment;
            builder.UseSetting("Logging:Console:FormatterName", "simple").UseSetting("Logging:Format", format);
        });
        Assert.Equal(formatter, Assert.Single(service.Services.GetServices<ILoggerProvider>().OfType<ConsoleLineProvider>()).Formatter.GetType().Name);
    }

    [Theory]
    [InlineData("Development", null, true)]
    [InlineData("Production", null, false)]
    [InlineData("Production", "true", true)]
    [InlineData("Development", "false", false)]
    public async Task Colours_follow_the_environment_unless_they_are_set(string environment, string? colorize, bool expected)
    {
        await using var service = await TestService.StartAsync(builder => builder.UseSetting("Logging:Colorize", colorize).Environment.EnvironmentName = environment);
        Assert.Equal(expected, service.Services.GetRequiredService<IOptions<LogLineOptions>>().Value.Colorize);
    }

    [Fact]
    public async Task Configured_twice_each_event_is_written_once()
    {
        using var log = new WrittenLog();
        await using (var service = await ServiceHost.StartAsync((arguments, configure) =>
        {
            var builder = WebApplication.CreateBuilder([.. arguments, .. log.Arguments]);
            builder.AddServiceDefaults();
            builder.AddLogLines();
            builder.AddCorrelation();
            configure?.Invoke(builder);
            var app = builder.Build();
            app.MapDefaultEndpoints();
            return app;
        }))
        {
            await service.Client.GetAsync("/unknown");
        }

        var events = log.Lines().Select(line => (string?)JsonNode.Parse(line)!["event"]).ToArray();
        Assert.Single(events, "application_started");
        Assert.Single(events, "request_completed");
    }

    [Fact]
    public async Task Unknown_format_is_refused_by_name()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(builder => builder.UseSetting("Logging:Format", "xml")));
        Assert.Equal("Logging:Format must be json or text, not 'xml'.", refused.Message);
    }

    [Fact]
    public async Task Debug_is_off_until_configuration_says_otherwise_while_running()
    {
        await using var service = await TestService.StartAsync();
        var logger = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("MlAspire.Anything");
        Assert.Equal((true, false), (logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Debug)));

        service.App.Configuration["Logging:LogLevel:MlAspire"] = "Debug";
        ((Microsoft.Extensions.Configuration.IConfigurationRoot)service.App.Configuration).Reload();

        Assert.True(logger.IsEnabled(LogLevel.Debug));
    }

    [Fact]
    public async Task A_level_set_at_run_time_holds_at_once_for_its_category_until_it_is_given_back()
    {
        await using var service = await TestService.StartAsync(builder => builder.UseSetting("Logging:LogLevel:MlAspire.Quiet", "Error"));
        var loggers = service.Services.GetRequiredService<ILoggerFactory>();
        var (quiet, below, other) = (loggers.CreateLogger("MlAspire.Quiet"), loggers.CreateLogger("MlAspire.Quiet.Below"), loggers.CreateLogger("MlAspire.Other"));
        var levels = service.Services.GetRequiredService<LogLevels>();

        levels.Set("MlAspire.Quiet", LogLevel.Debug);
        Assert.Equal((true, true, false), (quiet.IsEnabled(LogLevel.Debug), below.IsEnabled(LogLevel.Debug), other.IsEnabled(LogLevel.Debug)));
        levels.Set("MlAspire.Quiet", LogLevel.Warning);
        levels.Set("MlAspire.Quiet.Below", LogLevel.Trace);
        Assert.Equal((false, true, true), (quiet.IsEnabled(LogLevel.Information), quiet.IsEnabled(LogLevel.Warning), below.IsEnabled(LogLevel.Trace)));
        levels.Set("MlAspire.Quiet", null);
        levels.Set("MlAspire.Quiet.Below", null);
        Assert.Equal((false, true, false), (quiet.IsEnabled(LogLevel.Warning), quiet.IsEnabled(LogLevel.Error), below.IsEnabled(LogLevel.Warning)));
    }

    [Fact]
    public async Task What_a_sink_throws_reaches_no_caller_and_no_other_sink_and_a_line_that_could_not_be_made_is_counted()
    {
        using var log = new WrittenLog();
        await using var service = await TestService.StartAsync(
            builder => builder.Services.AddSingleton<ILoggerProvider, Throwing>().AddSingleton<ILoggerProvider>(services => new FileLineProvider(
                new Unable(), new LineQueue(new RotatingFile(new() { Directory = "unused" }, "unused", TimeProvider.System), "unable", services.GetRequiredService<TelemetryFlow>(), TimeProvider.System))),
            app => app.MapGet("/done", () => "done"), log.Arguments);
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());

        Assert.Equal("done", await service.Client.GetStringAsync("/done"));

        Assert.Equal(200, (int)(await log.RequestAsync("/done"))["status_code"]!);
        Assert.InRange(metrics.Now("telemetry.dropped", ("sink", "unable"), ("reason", "format_failed")), 1, double.MaxValue);
        Assert.Equal(0, metrics.Now("telemetry.in_flight", ("sink", "unable")));
    }

    [Fact]
    public void Levels_of_at_most_256_categories_are_changed()
    {
        using var levels = new LogLevels();
        foreach (var i in Enumerable.Range(0, LogLevels.MaxCategories))
        {
            levels.Set($"MlAspire.A{i}", LogLevel.Debug);
        }

        levels.Set("MlAspire.A0", LogLevel.Trace);
        Assert.Throws<InvalidOperationException>(() => levels.Set("MlAspire.B", LogLevel.Debug));
        levels.Set("MlAspire.A0", null);
        levels.Set("MlAspire.B", LogLevel.Debug);
    }

    private sealed class Unable : LineFormatter
    {
        public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, IBufferWriter<byte> output)
        {
            output.Write("half a line"u8);
            throw new InvalidOperationException("a value changed while it was read");
        }
    }

    private sealed class Throwing : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw new InvalidOperationException("not today");

        public void Dispose()
        {
        }
    }
}
