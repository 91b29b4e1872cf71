using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using OpenTelemetry.Metrics;

namespace MlAspire.ServiceDefaults.Tests.StatsD;

[Collection(nameof(Alone))]
public sealed class StatsDTests
{
    // Expected lines are written by hand from https://github.com/statsd/statsd/blob/master/docs/metric_types.md and https://docs.datadoghq.com/extend/dogstatsd/datagram_shell
    [Fact]
    public async Task Each_kind_of_metric_is_a_line_of_its_type_with_tags()
    {
        using var receiver = new StatsDReceiver();
        await using var service = await StartAsync(receiver.Port, "--StatsD:Flavor=DogStatsD", "--StatsD:Prefix=mlaspire");

        using var meter = MeasureEachKind(service);
        Flush(service);

        Assert.Equal(
            [
                "mlaspire.t.active:-2|g|#service:tested",
                "mlaspire.t.duration:1912.5|ms|@0.25|#service:tested",
                "mlaspire.t.requests:3|c|#service:tested,ml.model.name:flight-delay,ml.route:/v1/models/_name_",
                "mlaspire.t.rows:-1|h|#service:tested",
                "mlaspire.t.share:0.25|g|#service:tested",
            ],
            await OwnAsync(receiver, 5));
    }

    [Fact]
    public async Task A_plain_line_has_the_labels_in_its_name_and_a_gauge_below_0_is_no_change()
    {
        using var receiver = new StatsDReceiver();
        await using var service = await StartAsync(receiver.Port);

        using var meter = MeasureEachKind(service);
        Flush(service);

        Assert.Equal(
            [
                "tested.t.active:-2|g",
                "tested.t.active:0|g",
                "tested.t.duration:1912.5|ms|@0.25",
                "tested.t.requests.ml_model_name.flight-delay.ml_route._v1_models__name_:3|c",
                "tested.t.share:0.25|g",
            ],
            await OwnAsync(receiver, 5));
        Assert.Single(receiver.Datagrams, datagram => Encoding.ASCII.GetString(datagram).Contains("tested.t.active:0|g\ntested.t.active:-2|g", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a:b|c@d#e,f\ng\0h", "a_b_c_d_e_f_g_h")]
    [InlineData("Zürich 北京", "Z_rich___")]
    [InlineData("", "_")]
    public async Task What_could_break_a_line_never_reaches_one(string value, string sent)
    {
        using var receiver = new StatsDReceiver();
        await using var service = await StartAsync(receiver.Port, "--StatsD:Flavor=DogStatsD");
        using var meter = MeterOf(service);

        meter.CreateCounter<long>("t.requests").Add(1, new KeyValuePair<string, object?>("k:e|y", value));
        Flush(service);

        Assert.Equal([$"t.requests:1|c|#service:tested,k_e_y:{sent}"], await OwnAsync(receiver, 1));
    }

    [Fact]
    public async Task What_was_added_is_sent_once()
    {
        using var receiver = new StatsDReceiver();
        await using var service = await StartAsync(receiver.Port, "--StatsD:Flavor=DogStatsD");
        using var meter = MeterOf(service);
        var (requests, duration) = (meter.CreateCounter<long>("t.requests"), meter.CreateHistogram<double>("t.duration", "s"));

        requests.Add(3);
        Array.ForEach([0.001, 0.002, 0.006], duration.Record);
        Flush(service);
        requests.Add(4);
        duration.Record(0.005);
        Flush(service);
        Flush(service);

        Assert.Equal(["t.duration:3|ms|@0.3333333333333333333333333333|#service:tested", "t.duration:5|ms|#service:tested", "t.requests:3|c|#service:tested", "t.requests:4|c|#service:tested"], await OwnAsync(receiver, 4));
        Assert.Equal(4, receiver.Parsed.Where(line => line.Name == "t.duration").Sum(line => 1 / line.Rate));
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());
        await Eventually.TrueAsync("the bytes that came to be those that are counted", () => receiver.Datagrams.Sum(datagram => datagram.Length) == metrics.Now("telemetry.bytes", ("signal", "metrics"), ("sink", "statsd")));
    }

    [Fact]
    public async Task A_datagram_is_whole_lines_of_at_most_1432_bytes_and_a_longer_line_is_dropped()
    {
        using var receiver = new StatsDReceiver();
        await using var service = await StartAsync(receiver.Port, "--StatsD:Flavor=DogStatsD");
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());
        using var meter = MeterOf(service);
        var requests = meter.CreateCounter<long>("t.requests");

        foreach (var number in Enumerable.Range(0, 1_000))
        {
            requests.Add(1, new KeyValuePair<string, object?>("number", number.ToString("x50", CultureInfo.InvariantCulture)));
        }

        requests.Add(1, [.. Enumerable.Range(0, 8).Select(number => new KeyValuePair<string, object?>($"{number}{new string('k', 99)}", new string('v', 100)))]);
        Flush(service);

        Assert.Equal(1_000, (await OwnAsync(receiver, 1_000)).Distinct().Count());
        Assert.All(receiver.Parsed, line => Assert.Equal("tested", line.Tags["service"]));
        Assert.InRange(receiver.Datagrams.Max(datagram => datagram.Length), 1_432 - "t.requests:1|c|#service:tested,number:".Length - 50, 1_432);
        Assert.Equal(1, metrics.Now("telemetry.dropped", ("sink", "statsd"), ("reason", "too_long")));
    }

    [Fact]
    public async Task A_host_that_is_not_known_costs_the_service_nothing_but_the_lines_which_are_counted()
    {
        await using var service = await StartAsync(8125, "--StatsD:Host=gone.invalid");
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());
        using var meter = MeasureEachKind(service);

        Flush(service);

        Assert.True((await service.Client.GetAsync("/health/live", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        Assert.InRange(metrics.Now("telemetry.produced", ("sink", "statsd")), 5, double.MaxValue);
        Assert.Equal(metrics.Now("telemetry.produced", ("sink", "statsd")), metrics.Now("telemetry.dropped", ("sink", "statsd"), ("reason", "not_reached")));
    }

    [Fact]
    public async Task A_receiver_that_comes_back_hears_the_next_lines()
    {
        var gone = new StatsDReceiver();
        var port = gone.Port;
        gone.Dispose();
        await using var service = await StartAsync(port, "--StatsD:Flavor=DogStatsD");
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());
        using var meter = MeterOf(service);
        var requests = meter.CreateCounter<long>("t.requests");
        Array.ForEach([.. Enumerable.Range(0, 100)], number => requests.Add(1, new KeyValuePair<string, object?>("number", number)));

        Flush(service); // several datagrams: the system says of the first that nobody took it
        using var back = new StatsDReceiver(port);
        requests.Add(7);
        Flush(service);

        Assert.Equal(["t.requests:7|c|#service:tested"], await OwnAsync(back, 1));
        Assert.InRange(metrics.Now("telemetry.dropped", ("sink", "statsd")), 1, double.MaxValue);
        Assert.Equal(metrics.Now("telemetry.produced", ("sink", "statsd")), metrics.Now("telemetry.exported", ("sink", "statsd")) + metrics.Now("telemetry.dropped", ("sink", "statsd")));
    }

    [Fact]
    public async Task Nothing_is_sent_until_there_is_a_host()
    {
        await using var service = await TestService.StartAsync();
        using var metrics = new RecordedMetrics(service.Services.GetRequiredService<IMeterFactory>());

        Flush(service);

        Assert.Equal(0, metrics.Now("telemetry.produced", ("sink", "statsd")));
    }

    [Theory]
    [InlineData("Host", "localhost:8125/x")]
    [InlineData("Port", "0")]
    [InlineData("Port", "65536")]
    [InlineData("Prefix", "a:b")]
    [InlineData("Interval", "00:00:00.999")]
    [InlineData("Interval", "01:00:00.001")]
    [InlineData("Flavor", "7")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string setting, string value)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(8125, $"--StatsD:{setting}={value}"));

        Assert.Contains(setting, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    private static Task<ServiceHost> StartAsync(int port, params string[] settings) => TestService.StartAsync(
        configure: null, map: null, ["--OTEL_SERVICE_NAME=tested", "--StatsD:Host=127.0.0.1", $"--StatsD:Port={port}", "--StatsD:Interval=01:00:00", .. settings]);

    private static Meter MeterOf(ServiceHost service) => service.Services.GetRequiredService<IMeterFactory>().Create(TelemetryNames.Sources.Gateway);

    private static Meter MeasureEachKind(ServiceHost service)
    {
        var meter = MeterOf(service);
        meter.CreateCounter<long>("t.requests", "{request}").Add(3, new KeyValuePair<string, object?>("ml.route", "/v1/models/{name}"), new("ml.model.name", "flight-delay"));
        meter.CreateUpDownCounter<int>("t.active", "{request}").Add(-2);
        meter.CreateObservableGauge("t.share", () => 0.25, "1");
        meter.CreateObservableGauge("t.unknown", () => double.NaN, "1");
        meter.CreateHistogram<double>("t.rows", "{row}").Record(-1); // StatsD's server has no line for it: it takes no timer below 0
        var duration = meter.CreateHistogram<double>("t.duration", "s");
        Array.ForEach([0.05, 0.1, 0.5, 7], duration.Record);
        return meter;
    }

    private static void Flush(ServiceHost service) => service.Services.GetRequiredService<MeterProvider>().ForceFlush();

    /// <summary>The lines of the test's own metrics in order, once they have come; what else there is must be well-formed.</summary>
    private static async Task<IEnumerable<string>> OwnAsync(StatsDReceiver receiver, int count)
    {
        string[] own = [];
        await Eventually.TrueAsync($"{count} lines", () => (own = [.. receiver.Lines.Where(line => $".{line}".Contains(".t.", StringComparison.Ordinal))]).Length >= count);
        Assert.NotEmpty(receiver.Parsed);
        return own.Order(StringComparer.Ordinal);
    }
}
