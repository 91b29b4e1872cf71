using System.Globalization;
using MlAspire.Monitoring.Panels;

namespace MlAspire.Monitoring.Tests.Panels;

public sealed class PanelTests
{
    private static readonly DateTimeOffset Noon = new(2001, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_gauge_is_drawn_as_it_is_and_the_greatest_of_a_value_of_the_label()
    {
        var panel = new Panel(new() { Title = "Limit", Metric = "limit", By = "model", Where = { ["service"] = "gateway" } });

        Take(panel, 0, ("gateway", """
            # TYPE limit gauge
            limit{model="a",arm="x"} 3
            limit{model="a",arm="y"} -5
            limit{model="b"} NaN
            other{model="a"} 9
            """), ("inference", "# TYPE limit gauge\nlimit{model=\"a\"} 100\n"));

        Assert.Equal("a: 3", Drawn(panel));
    }

    [Fact]
    public void A_counter_is_what_it_grows_by_in_a_second_over_all_of_a_value_of_the_label()
    {
        var panel = new Panel(new() { Title = "Requests", Metric = "requests_total", By = "status" });

        Take(panel, 0, ("gateway", Text(("200", "/a", 100), ("200", "/b", 7))));
        Assert.Empty(panel.State().Series); // nothing to compare with
        Take(panel, 10, ("gateway", Text(("200", "/a", 130), ("200", "/b", 27), ("500", "/a", 5)))); // 30 + 20, and 5 of one that is new
        Take(panel, 30, ("gateway", Text(("200", "/a", 10), ("200", "/b", 27), ("500", "/a", 5)))); // /a began anew: 10 in 20 s

        Assert.Equal("200: 5 0.5; 500: 0.5 0", Drawn(panel));

        static string Text(params (string Status, string Route, int Value)[] samples) =>
            "# TYPE requests_total counter\n" + string.Concat(samples.Select(sample => $"requests_total{{status=\"{sample.Status}\",route=\"{sample.Route}\"}} {sample.Value}\n"));
    }

    [Fact]
    public void A_counter_that_its_service_had_not_yet_counts_from_0()
    {
        var panel = new Panel(new() { Title = "Requests", Metric = "requests_total" });

        Take(panel, 0, ("gateway", ""));
        Take(panel, 10, ("gateway", "# TYPE requests_total counter\nrequests_total 5"));

        Assert.Equal("gateway: 0.5", Drawn(panel));
    }

    [Fact]
    public void A_histogram_is_the_quantile_of_what_came_since_the_last_look_and_its_count_a_counter()
    {
        var panel = new Panel(new() { Title = "Latency", Metric = "latency_seconds", Quantile = 0.5 });
        var count = new Panel(new() { Title = "Requests", Metric = "latency_seconds_count" });

        foreach (var (second, low, all) in new[] { (0, 100, 1_000), (10, 104, 1_008), (20, 104, 1_008) })
        {
            var text = string.Create(CultureInfo.InvariantCulture, $$"""
                # TYPE latency_seconds histogram
                latency_seconds_bucket{le="0.1"} {{low}}
                latency_seconds_bucket{le="0.2"} {{all}}
                latency_seconds_bucket{le="+Inf"} {{all}}
                latency_seconds_sum 7
                latency_seconds_count{} {{all}}
                """);
            Take(panel, second, ("gateway", text));
            Take(count, second, ("gateway", text));
        }

        Assert.Equal("gateway: 0.1 -", Drawn(panel)); // 4 of 8 are at most 0.1; then there was none
        Assert.Equal("gateway: 0.8 0", Drawn(count));
    }

    [Fact]
    public void A_service_that_was_not_reached_is_a_gap_and_its_next_rate_is_over_the_whole_time()
    {
        var panel = new Panel(new() { Title = "Requests", Metric = "requests_total" });

        Take(panel, 0, ("gateway", "# TYPE requests_total counter\nrequests_total 10"));
        Take(panel, 10, ("gateway", "# TYPE requests_total counter\nrequests_total 20"));
        Take(panel, 20);
        Take(panel, 30, ("gateway", "# TYPE requests_total counter\nrequests_total 80"));

        Assert.Equal("gateway: 1 - 3", Drawn(panel));
        Assert.Equal([Noon.AddSeconds(10), Noon.AddSeconds(20), Noon.AddSeconds(30)], panel.State().Times);
    }

    [Fact]
    public void It_keeps_360_points_of_8_series()
    {
        var panel = new Panel(new() { Title = "Limit", Metric = "limit", By = "model" });

        for (var look = 0; look < Panel.MaxPoints + 5; look++)
        {
            Take(panel, look, ("gateway", "# TYPE limit gauge\n" + string.Concat(Enumerable.Range(0, look == 0 ? 7 : 10).Reverse().Select(model => $"limit{{model=\"{model}\"}} {look}\n"))));
        }

        var state = panel.State();
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7"], state.Series.Select(series => series.Key));
        Assert.True(state.HasMore);
        Assert.Equal(Enumerable.Range(5, 360).Select(value => (double?)value), state.Series[7].Value);
        Assert.Equal(360, state.Times.Count);
    }

    [Theory]
    [InlineData("# TYPE limit gauge\nlimit{model=\"a\\\"b\\\\c\\nd,e}f\"} 1.5e3\n", "a\"b\\c\nd,e}f: 1500")]
    [InlineData("# TYPE limit gauge\nlimit 3 1700000000000\n", ": 3")]
    [InlineData("# TYPE limit gauge\nlimit{model=\"a\"} x\nlimit{model=\"b\"} +Inf\nlimit\nlimit{model=\"c\"\n", "")]
    [InlineData("limit{model=\"a\"} 3\n", "")] // without a type nobody knows what it means
    [InlineData("# TYPE limit histogram\nlimit_bucket{model=\"a\"} 3\nlimit_bucket{model=\"a\",le=\"x\"} 3\n", "")]
    [InlineData("<html>\r\n", "")]
    public void A_text_is_read_as_it_is_described_and_what_is_none_is_left_out(string text, string drawn)
    {
        var panel = new Panel(new() { Title = "Limit", Metric = "limit", By = "model" });

        Take(panel, 0, ("gateway", text));

        Assert.Equal(drawn, Drawn(panel));
    }

    private static void Take(Panel panel, int second, params (string Service, string Text)[] services) => panel.Take(new(
        Noon.AddSeconds(second), TimeSpan.FromSeconds(second), services.ToDictionary(service => service.Service, service => new MetricsText(service.Service, service.Text, [panel.Options.Metric]))));

    private static string Drawn(Panel panel) => string.Join("; ", panel.State().Series.Select(series =>
        $"{series.Key}: {string.Join(' ', series.Value.Select(value => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "-"))}"));
}
