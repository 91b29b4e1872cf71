using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Quantiles;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Quantiles;

public sealed class DurationQuantilesTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void They_are_told_apart_by_model_version_and_outcome_and_forget_after_ten_minutes()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var quantiles = new DurationQuantiles(meters, time);
        var histogram = meters.Create("MlAspire.Inference").CreateHistogram<double>("ml.inference.duration");
        for (var i = 1; i <= 1000; i++)
        {
            histogram.Record(i / 1000.0, [new("ml.model.name", "a"), new("ml.model.version", "1"), new("ml.outcome", "ok")]);
        }

        histogram.Record(7, [new("ml.outcome", "not_found")]);

        AssertQuantiles([0.5, 0.9, 0.95, 0.99, 0.999]);
        Assert.Equal(7, Read(model: null)[0.99], 7 * 0.01);

        time.Advance(TimeSpan.FromMinutes(6));
        histogram.Record(3, [new("ml.model.name", "a"), new("ml.model.version", "1"), new("ml.outcome", "ok")]);
        AssertQuantiles([0.5, 0.9, 0.95, 0.99, 0.999]); // those of the five minutes before still count

        time.Advance(TimeSpan.FromMinutes(6));
        AssertQuantiles([3, 3, 3, 3, 3]);

        time.Advance(TimeSpan.FromMinutes(12));
        Assert.Empty(Read("a"));

        void AssertQuantiles(double[] expected) =>
            Assert.All(Read("a").OrderBy(each => each.Key).Zip(expected, (each, value) => (each.Value, Expected: value)), pair => Assert.Equal(pair.Expected, pair.Value, pair.Expected * 0.01));

        Dictionary<double, double> Read(string? model)
        {
            using var recorded = new RecordedMetrics(meters);
            recorded.Observe();
            return recorded.Of("ml.inference.duration.quantile").Where(each => Equals(each.Tags.GetValueOrDefault("ml.model.name"), model)).ToDictionary(each => (double)each.Tags["quantile"]!, each => each.Value);
        }
    }

    [Fact]
    public void More_series_than_the_bound_are_not_counted()
    {
        var series = new DurationSeries<int>(time);

        for (var i = 0; i < 1001; i++)
        {
            series.Record(i, 0.1);
            series.Record(i, 0.1);
        }

        Assert.Equal(1000 * 5, series.Measure(_ => []).Count());
    }

    [Fact]
    public async Task Metrics_show_them_per_route()
    {
        await using var host = await TestService.StartAsync(map: app => app.MapGet("/things/{id}", (int id) => id));

        await host.Client.GetAsync("/things/1");
        await host.Client.GetAsync("/things/2");
        await Eventually.TrueAsync("the requests to be measured", async () =>
            (await host.Client.GetStringAsync("/metrics")).Contains("http_server_request_duration_quantile_seconds{otel_scope_name=\"MlAspire.ServiceDefaults\",http_request_method=\"GET\",http_route=\"/things/{id}\",quantile=\"0.99\"} ", StringComparison.Ordinal));
    }
}
