using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Freshness;
using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Tests.Freshness;

public sealed class FreshnessTests
{
    [Theory]
    [InlineData(0.005, 15.0)] // a quarter of the way from 10 (nothing lost) to 30 (0.02 lost)
    [InlineData(0.02, 30.0)]
    [InlineData(0.03, 45.0)] // half of the way from 30 to 60 (0.04 lost)
    [InlineData(0.05, null)]
    public void The_age_a_view_may_have_is_where_its_curve_leaves_the_budget(double budget, double? minutes)
    {
        StalenessPoint[] points = [new(0, 0.80), new(10, 0.80), new(30, 0.78), new(60, 0.76), new(90, 0.79)];

        Assert.Equal(minutes, StalenessCurve.MinutesWithin(points, budget));
    }

    [Fact]
    public void A_loss_that_comes_back_does_not_count_as_within()
    {
        Assert.Equal(5, StalenessCurve.MinutesWithin([new(0, 0.8), new(10, 0.7), new(20, 0.8)], 0.05));
    }

    [Theory]
    [InlineData(0.65, 0.5)]
    [InlineData(0.75, 0.0)]
    [InlineData(0.5, null)]
    public void The_fallback_is_better_above_the_last_share_at_which_the_model_was(double fallback, double? share)
    {
        Assert.Equal(share, FreshnessPricing.ShareBefore([new(0, [], 0.8), new(0.5, ["a"], 0.7), new(1, ["a", "b"], 0.6)], fallback));
    }

    [Fact]
    public async Task The_job_prices_every_view_and_the_staler_the_store_the_worse_the_model()
    {
        using var folder = new TemporaryFolder();
        var train = new TrainOptions { From = new DateOnly(2001, 1, 8), TestFrom = new DateOnly(2001, 1, 12), Boosting = new() { Trees = 15 } };
        var job = new FreshnessJob(Options.Create(Sample.FixtureOptions), Options.Create(new ModelRepositoryOptions { Path = folder.Path }), Options.Create(train),
            Options.Create(new FreshnessOptions()), TimeProvider.System, NullLogger<FreshnessJob>.Instance);

        await job.RunAsync(CancellationToken.None);

        using var report = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "flight-delay/1/freshness.json")));
        var views = report.RootElement.GetProperty("views").EnumerateArray().ToDictionary(
            view => view.GetProperty("view").GetString()!, view => view.GetProperty("points").EnumerateArray().ToDictionary(p => p.GetProperty("stale_minutes").GetInt32(), p => p.GetProperty("auc").GetDouble()));
        Assert.Equal(["origin_outcomes", "destination_outcomes", "route_outcomes", "network_outcomes", "origin_departures", "route_departures", "all"], views.Keys);
        Assert.All(views.Values, curve => Assert.Equal([0, 5, 15, 30, 60, 120, 180, 360, 720, 1_440], curve.Keys));
        var all = views["all"];
        Assert.True(all[0] - all[60] > 0.01 && all[60] - all[360] > 0.01, $"fresh {all[0]}, an hour {all[60]}, six hours {all[360]}");
        Assert.All(views.Values, curve => Assert.Equal(report.RootElement.GetProperty("fresh_auc").GetDouble(), curve[0]));
        var missing = report.RootElement.GetProperty("missing").EnumerateArray().Select(point => point.GetProperty("share").GetDouble());
        Assert.Equal([0, 0.167, 0.417, 0.583, 0.667, 0.833, 1], missing); // 2, 3, 2, 1, 2 and 2 of the 12 features
        Assert.Contains("<polyline", await File.ReadAllTextAsync(Path.Combine(folder.Path, "flight-delay/1/freshness.html")), StringComparison.Ordinal);
    }
}
