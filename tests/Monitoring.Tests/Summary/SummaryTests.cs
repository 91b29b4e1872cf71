using System.Net;
using MlAspire.Monitoring.Tests.Hosting;
using static MlAspire.Monitoring.Tests.Hosting.RunningMonitoring;

namespace MlAspire.Monitoring.Tests.Summary;

public sealed class SummaryTests : IAsyncLifetime
{
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync() => monitoring = await RunningMonitoring.StartAsync();

    public async ValueTask DisposeAsync() => await monitoring.DisposeAsync();

    [Fact]
    public async Task It_says_counts_latency_outputs_and_quality()
    {
        // Labels: a late 0.9, b on time 0.1, c late 0.4, d on time 0.4: area 3.5/4 (see ScoreHistogramTests). e has none; "stranger" has no prediction.
        await monitoring.FeedbackAsync(("a", true), ("stranger", true));
        await monitoring.PublishAsync(Failure(), Prediction("a", 0.9, 1), Prediction("b", 0.1, 2), Prediction("c", 0.4, 3), Prediction("d", 0.4, 4));
        var last = Prediction("e", 0.7, latencyMs: 100);
        await monitoring.PublishAsync(last);
        await monitoring.SummaryAsync(5, errors: 1);
        Assert.Equal("""{"accepted":3}""", (await monitoring.FeedbackAsync(("b", false), ("c", true), ("d", false))).ToJsonString());

        var summary = await monitoring.SummaryAsync(5, errors: 1);

        Assert.Equal(("flight-delay", "late"), ((string)summary["model"]!, (string)summary["positive_label"]!));
        Assert.InRange((double)summary["latency_ms"]!["p50"]!, 3 * 0.99, 3 * 1.01);
        Assert.InRange((double)summary["latency_ms"]!["p95"]!, 4 * 0.99, 4 * 1.01); // rank 3 of 0..4
        Assert.InRange((double)summary["latency_ms"]!["p99"]!, 4 * 0.99, 4 * 1.01);
        Assert.Equal(0.4, (double)summary["predicted_positive_share"]!);
        Assert.Equal(0.5, (double)summary["mean_probability"]!, 12);
        Assert.Equal("""{"joined":4,"unmatched":1}""", summary["labels"]!.ToJsonString());
        Assert.Equal((0.5, 0.875), ((double)summary["observed_positive_share"]!, (double)summary["auc"]!));
        Assert.Matches("""ml_model_auc_ratio\{.*ml_model_name="flight-delay".*\} 0\.875\n""", await monitoring.Host.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken));
        Assert.Equal(last.Time, (DateTimeOffset)summary["last_prediction"]!);
        Assert.InRange((DateTimeOffset)summary["since"]!, last.Time.AddMinutes(-3), last.Time);
    }

    [Fact]
    public async Task A_model_counts_its_own_positive_label()
    {
        (string Label, double Probability)[] payments = [("honest", 0.1), ("fraud", 0.8), ("fraud", 0.9)];
        await monitoring.PublishAsync([.. payments.Select((row, i) => Prediction($"payment-{i}", row.Probability, model: "payments") with { Label = row.Label, PositiveLabel = "fraud" })]);
        await monitoring.FeedbackAsync(("payment-0", false), ("payment-1", false), ("payment-2", true));

        var summary = await monitoring.SummaryAsync(3, errors: 0, model: "payments");

        Assert.Equal(("fraud", 2 / 3.0, 1.0), ((string)summary["positive_label"]!, (double)summary["predicted_positive_share"]!, (double)summary["auc"]!));
    }

    [Fact]
    public async Task What_is_not_known_yet_is_null_and_not_a_number()
    {
        await monitoring.PublishAsync(Failure());

        var summary = await monitoring.SummaryAsync(0, errors: 1);

        Assert.Equal("""{"p50":null,"p95":null,"p99":null}""", summary["latency_ms"]!.ToJsonString());
        Assert.All((string[])["predicted_positive_share", "mean_probability", "observed_positive_share", "auc", "last_prediction"], name => Assert.Null(summary[name]));
    }

    [Fact]
    public async Task A_model_that_was_never_seen_is_404()
    {
        using var response = await monitoring.Host.Client.GetAsync("/v1/models/nobody/summary", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("\"field\":\"model\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
