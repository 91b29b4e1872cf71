using Microsoft.Extensions.Options;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Summary;
using MlAspire.Monitoring.Windows;
using MlAspire.Testing;
using static MlAspire.Monitoring.Tests.Hosting.RunningMonitoring;

namespace MlAspire.Monitoring.Tests.Summary;

public sealed class ModelStatisticsTests
{
    private readonly ManualTimeProvider time = new();
    private readonly ModelStatistics statistics;

    public ModelStatisticsTests() => statistics = new(
        time, Options.Create(new WindowOptions { Length = TimeSpan.FromMinutes(1), Count = 3 }), Options.Create(new QualityOptions { Predictions = 10, Labels = 10 }));

    [Fact]
    public void Figures_leave_with_their_window()
    {
        Predict("a", 0.9);
        time.Advance(TimeSpan.FromMinutes(1));
        Predict("b", 0.1);
        Assert.Equal(2, statistics.Summary("flight-delay")!.Predictions);

        time.Advance(TimeSpan.FromMinutes(2));

        var summary = statistics.Summary("flight-delay")!;
        Assert.Equal((1, 0.1, time.GetUtcNow().AddMinutes(-2)), (summary.Predictions, summary.MeanProbability, summary.Since));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, null, null), (statistics.Summary("flight-delay")!.Predictions, statistics.Summary("flight-delay")!.MeanProbability, statistics.Summary("flight-delay")!.Since));
    }

    [Fact]
    public void A_label_counts_to_the_window_of_its_prediction()
    {
        Predict("a", 0.9);
        time.Advance(TimeSpan.FromMinutes(2));

        statistics.Label([new("a", true)]);

        Assert.Equal([1, 0, 0], statistics.History("flight-delay").Select(window => window.Labelled));
    }

    [Fact]
    public void An_event_that_is_older_than_all_windows_changes_nothing()
    {
        Assert.True(statistics.Record(Prediction("a") with { Time = time.GetUtcNow().AddMinutes(-3) }));

        Assert.Equal(0, statistics.Summary("flight-delay")!.Predictions);
    }

    [Fact]
    public void A_shadow_is_compared_and_counts_nowhere_else()
    {
        Predict("a", 0.9);
        foreach (var (probability, label) in ((double, string)[])[(0.8, "late"), (0.4, "on_time")])
        {
            statistics.Record(Prediction("a", probability) with { Time = time.GetUtcNow(), Arm = "shadow", Label = label, AnsweredProbability = 0.9, AnsweredLabel = "late" });
        }

        statistics.Record(Failure() with { Time = time.GetUtcNow(), Arm = "shadow" });

        var summary = statistics.Summary("flight-delay")!;
        Assert.Equal((1, 0, 0.9), (summary.Predictions, summary.Errors, summary.MeanProbability));
        Assert.Equal((2, 1, 0.5), (summary.Shadow!.Pairs, summary.Shadow.Errors, summary.Shadow.DisagreementShare));
        Assert.Equal(0.3, summary.Shadow.MeanDifference!.Value, 12); // (0.1 + 0.5) / 2
    }

    [Fact]
    public void History_has_every_window_also_the_empty_ones()
    {
        Predict("a", 0.9);
        time.Advance(TimeSpan.FromMinutes(2));
        Predict("b", 0.1);

        Assert.Equal([(1L, 1.0), (0L, null), (1L, (double?)0)], statistics.History("flight-delay").Select(window => (window.Predictions, window.PredictedPositiveShare)));
        Assert.Empty(statistics.History("nobody"));
    }

    private void Predict(string id, double probability) => Assert.True(statistics.Record(Prediction(id, probability) with { Time = time.GetUtcNow() }));
}
