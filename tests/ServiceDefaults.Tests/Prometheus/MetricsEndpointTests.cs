using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Prometheus;

[Collection(nameof(Alone))]
public sealed partial class MetricsEndpointTests
{
    // Expected lines are written by hand from the format's description: https://prometheus.io/docs/instrumenting/exposition_formats/
    [Fact]
    public async Task Each_kind_of_metric_has_the_form_of_its_type()
    {
        await using var service = await TestService.StartAsync();
        using var meter = service.Services.GetRequiredService<IMeterFactory>().Create(TelemetryNames.Sources.Gateway);
        meter.CreateCounter<long>("t.requests", "{request}", "Requests\nin \\ all.").Add(3, new KeyValuePair<string, object?>("ml.route", "a\"b\\c\nd"));
        meter.CreateUpDownCounter<int>("t.active", "{request}").Add(-2);
        meter.CreateObservableGauge("t.share", () => 0.25, "1");
        var duration = meter.CreateHistogram("t.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        Array.ForEach([0.05, 0.1, 0.5, 7], duration.Record);

        var lines = (await ScrapeAsync(service)).Split('\n').Where(line => line.Contains("t_", StringComparison.Ordinal)).Where(line => Own().IsMatch(line)).ToList();

        const string Scope = "otel_scope_name=\"MlAspire.Gateway\"";
        Assert.Equal(
            [
                "# HELP t_active ",
                "# TYPE t_active gauge",
                $"t_active{{{Scope}}} -2",
                "# HELP t_duration_seconds ",
                "# TYPE t_duration_seconds histogram",
                $"t_duration_seconds_bucket{{{Scope},le=\"0.1\"}} 2",
                $"t_duration_seconds_bucket{{{Scope},le=\"1\"}} 3",
                $"t_duration_seconds_bucket{{{Scope},le=\"+Inf\"}} 4",
                $"t_duration_seconds_sum{{{Scope}}} 7.65",
                $"t_duration_seconds_count{{{Scope}}} 4",
                "# HELP t_requests_total Requests\\nin \\\\ all.",
                "# TYPE t_requests_total counter",
                $"t_requests_total{{{Scope},ml_route=\"a\\\"b\\\\c\\nd\"}} 3",
                "# HELP t_share_ratio ",
                "# TYPE t_share_ratio gauge",
                $"t_share_ratio{{{Scope}}} 0.25",
            ],
            lines.OrderBy(line => Own().Match(line).Value, StringComparer.Ordinal));
    }

    /// <summary>That two readers mix is seen in one scrape of 12,000 beside a reader that does nothing but collect: here the other one is made to.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(4, 5)]
    [InlineData(100, 5)] // then the last is given
    public void Scrape_beside_another_reader_collects_again_until_no_other_has_meanwhile(int overlapped, int expected)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var flow = new TelemetryFlow(services.GetRequiredService<IMeterFactory>());
        flow.Of("tested", "nowhere");
        using var asking = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        asking.Start();
        var collections = 0;
        var exporter = new PrometheusExporter(flow)
        {
            Collect = _ =>
            {
                asking.RecordObservableInstruments();
                if (collections++ < overlapped)
                {
                    asking.RecordObservableInstruments();
                }

                return true;
            },
        };

        exporter.Scrape();

        Assert.Equal(expected, collections);
    }

    [Fact]
    public async Task Every_line_parses_no_series_is_twice_and_requests_are_counted_exactly()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/hello/{id}", (int id) => id));
        for (var call = 0; call < 7; call++)
        {
            await service.Client.GetAsync($"/hello/{call}");
        }

        // A request is measured after its answer has been sent.
        var series = await Eventually.ValueAsync("the seventh request to be measured", async () =>
            Parse(await ScrapeAsync(service)) is var parsed && RequestsOf(parsed) == 7 ? parsed : null);

        Assert.Contains(series.Keys, name => name.StartsWith("dotnet_process_memory_working_set_bytes{", StringComparison.Ordinal));
        Assert.Contains(series.Keys, name => name.StartsWith("kestrel_active_connections{", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scrapes_at_once_all_get_whole_answers()
    {
        await using var service = await TestService.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => ScrapeAsync(service)));
        Assert.All(answers, answer => Assert.NotEmpty(Parse(answer)));
    }

    private static double RequestsOf(Dictionary<string, double> series) => series
        .Where(each => each.Key.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal) && each.Key.Contains("http_route=\"/hello/{id}\"", StringComparison.Ordinal))
        .Sum(each => each.Value);

    private static async Task<string> ScrapeAsync(ServiceHost service)
    {
        var response = await service.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Reads the text as a scraper does: every line is a comment or a sample, and no series comes twice.</summary>
    private static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var series = new Dictionary<string, double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            var value = sample.Groups["value"].Value;
            series.Add(sample.Groups["series"].Value, value == "+Inf" ? double.PositiveInfinity : double.Parse(value, CultureInfo.InvariantCulture));
        }

        return series;
    }

    [GeneratedRegex("""^(?<series>[a-zA-Z_:][a-zA-Z0-9_:]*\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\}) (?<value>\S+)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();

    [GeneratedRegex(@"\bt_(active|duration|requests|share)")]
    private static partial Regex Own();
}
