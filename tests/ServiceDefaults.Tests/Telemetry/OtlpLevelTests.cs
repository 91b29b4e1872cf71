using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

/// <summary>The levels as a collector gets them. Source: OpenTelemetry's log data model, SeverityNumber.</summary>
[Collection(nameof(Alone))]
public sealed class OtlpLevelTests
{
    [Fact]
    public async Task Each_level_has_its_severity_number_over_OTLP()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await TestService.StartAsync(configure: null, map: null, [.. collector.Arguments, "--Logging:LogLevel:Levels=Trace"]);
        var log = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Levels");

        foreach (var level in Enum.GetValues<LogLevel>().Where(level => level != LogLevel.None))
        {
            log.Log(level, default, level, exception: null, (state, _) => $"level {state}");
        }

        await Eventually.TrueAsync("six lines", () => Levels().Count() == 6);
        Assert.Equal(
            [("level Critical", 21), ("level Debug", 5), ("level Error", 17), ("level Information", 9), ("level Trace", 1), ("level Warning", 13)],
            Levels().Order());

        IEnumerable<(string, int)> Levels() => collector.Lines.Where(line => line.Body.StartsWith("level ", StringComparison.Ordinal)).Select(line => (line.Body, line.Severity));
    }

    [Theory]
    [InlineData("Full")]
    [InlineData("Standard")]
    public async Task Lines_and_spans_say_whose_they_are_at_every_level(string level)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var service = await TestService.StartAsync(configure: null, map: null, [.. collector.Arguments, "--OTEL_SERVICE_NAME=whose", $"--Telemetry:Level={level}", "--Telemetry:SampledShare=1"]))
        {
            await service.Client.GetAsync("/nothing");
        }

        Assert.NotEmpty(collector.Lines);
        Assert.All(collector.Lines, line => Assert.Equal("whose", line.Service));
        Assert.NotEmpty(collector.Spans);
        Assert.All(collector.Spans, span => Assert.Equal("whose", span.Service));
    }

    [Theory]
    [InlineData("Basic", false)]
    [InlineData("Standard", true)]
    public async Task Basic_makes_no_span_also_without_a_collector_and_the_trace_goes_on(string level, bool isMade)
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        await using var service = await TestService.StartAsync(
            configure: null, app => app.MapGet("/span", () => $"{Activity.Current!.TraceId} {Activity.Current.IsAllDataRequested}"), $"--Telemetry:Level={level}");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/span") { Headers = { { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" } } };

        using var answer = await service.Client.SendAsync(request);

        Assert.Equal($"{Trace} {isMade}", await answer.Content.ReadAsStringAsync());
    }
}
