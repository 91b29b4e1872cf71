using System.Globalization;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

public sealed class MetricsTests
{
    private const int Predictions = 7;

    // What there is of a process, and what requests, errors and durations are counted in: name and unit by OpenTelemetry, form by Prometheus.
    private static readonly string[] Process = ["dotnet_process_cpu_time_seconds_total", "dotnet_process_memory_working_set_bytes", "dotnet_gc_collections_total", "dotnet_gc_last_collection_heap_size_bytes"];

    [Fact]
    public async Task Each_service_tells_its_requests_latencies_CPU_and_memory()
    {
        await using var services = await RunningServices.StartAsync();
        foreach (var number in Enumerable.Range(0, Predictions))
        {
            await services.PredictAsync($"p{number}");
        }

        await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict", body: null);
        GC.Collect();
        foreach (var (service, route) in new[] { (RunningServices.Gateway, "/v1/models/{name}/predict"), (RunningServices.FeatureStore, "/v1/features/online"), (RunningServices.Inference, "/v2/models/{model}/infer") })
        {
            var metrics = await services.HostOf(service).Client.GetStringAsync("/metrics");
            Assert.All(Process, name => Assert.True(Sum(metrics, name) > 0, $"{service}: {name}"));
            Assert.InRange(Sum(metrics, "dotnet_process_memory_working_set_bytes"), 10e6, 100e9);
            Assert.Equal(Predictions, Sum(metrics, "http_server_request_duration_seconds_count", $"http_route=\"{route}\"", "http_response_status_code=\"200\""));
        }

        var gateway = await services.HostOf(RunningServices.Gateway).Client.GetStringAsync("/metrics");
        Assert.Equal(1, Sum(gateway, "http_server_request_duration_seconds_count", "http_route=\"/v1/models/{name}/predict\"", "http_response_status_code=\"400\""));
        Assert.Equal(Predictions, Sum(await services.HostOf(RunningServices.Inference).Client.GetStringAsync("/metrics"), "ml_inference_duration_seconds_count"));
    }

    [Fact]
    public async Task Predictions_arrive_at_a_StatsD_server_as_counters_and_timers_of_their_service()
    {
        using var receiver = new StatsDReceiver();
        await using var services = await RunningServices.StartAsync(
            LogLevel.Information, configure: null, "--StatsD:Host=127.0.0.1", $"--StatsD:Port={receiver.Port}", "--StatsD:Flavor=DogStatsD", "--StatsD:Interval=00:00:01");
        foreach (var number in Enumerable.Range(0, Predictions))
        {
            await services.PredictAsync($"p{number}");
        }

        await Eventually.TrueAsync("all predictions", () => Of("ml.prediction.duration", "ms").Sum(line => 1 / line.Rate) >= Predictions && Of("ml.inference.predictions", "c").Sum(line => line.Value) >= Predictions);

        Assert.Equal(Predictions, Of("ml.prediction.duration", "ms").Sum(line => 1 / line.Rate), precision: 9);
        Assert.All(Of("ml.prediction.duration", "ms"), line => Assert.Equal("ok", line.Tags["ml.outcome"]));
        Assert.All(Of("ml.prediction.duration", "ms"), line => Assert.InRange(line.Value, 0.01, 60_000));
        Assert.Contains(receiver.Parsed, line => line is { Name: "dotnet.process.memory.working_set", Type: "g", Value: > 10e6 });

        // OpenTelemetry hears all services of this process, so each of them sends the gateway's measurements too.
        IEnumerable<StatsDLine> Of(string name, string type) => receiver.Parsed.Where(line => line.Name == name && line.Type == type && line.Tags["service"] == RunningServices.Gateway);
    }

    private static double Sum(string metrics, string name, params string[] labels) => metrics.Split('\n')
        .Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal) || line.StartsWith($"{name} ", StringComparison.Ordinal)).Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
}
