using Microsoft.Extensions.DependencyInjection;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Traffic;
using MlAspire.Testing;

namespace MlAspire.Monitoring.Tests.Traffic;

[Collection(nameof(Alone))]
public sealed class TrafficWatchTests
{
    [Fact]
    public async Task A_tenfold_rate_of_a_model_is_told_within_half_a_minute_and_its_end_too()
    {
        var time = new ManualTimeProvider();
        await using var monitoring = await RunningMonitoring.StartAsync(time);
        var statistics = monitoring.Host.Services.GetRequiredService<ModelStatistics>();
        var read = 0;
        for (var window = 0; window < 8; window++)
        {
            await AskedAsync(20, model: "usual");
        }

        await AskedAsync(200, model: "usual", and: "shadow"); // a shadow is nobody's request
        Assert.Empty(monitoring.Host.Logs.Named("traffic_spiked"));
        await AskedAsync(200, model: "usual");
        await AskedAsync(200, model: "usual");

        var spiked = await Eventually.ValueAsync("the spike", () => Task.FromResult(monitoring.Host.Logs.Named("traffic_spiked").FirstOrDefault()));
        Assert.Equal(("usual", 20d, 2d), (spiked.Fields["Model"], spiked.Fields["PredictionsPerSecond"], spiked.Fields["UsualPerSecond"]));
        Assert.Matches("""ml_traffic_spike_ratio\{.*ml_model_name="usual".*\} 1\n""", await monitoring.Host.Client.GetStringAsync("/metrics"));

        await AskedAsync(20, model: "usual");
        await AskedAsync(20, model: "usual");
        await Eventually.TrueAsync("its end", () => monitoring.Host.Logs.Named("traffic_settled").Any());
        Assert.Matches("""ml_traffic_spike_ratio\{.*ml_model_name="usual".*\} 0\n""", await monitoring.Host.Client.GetStringAsync("/metrics"));

        // As many predictions within a window, which then ends.
        async Task AskedAsync(int predictions, string model, string and = "stable")
        {
            await monitoring.PublishAsync([.. Enumerable.Range(0, predictions).Select(_ => RunningMonitoring.Prediction($"{read++}", model: model) with { Time = time.GetUtcNow(), Arm = and })]);
            await Eventually.TrueAsync("them to be read", () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(10)); // the reader's pause
                return statistics.Summary(model) is { } summary && summary.Predictions + (summary.Shadow?.Errors ?? 0) == read;
            });
            time.Advance(ModelTraffic.Window);
        }
    }
}
