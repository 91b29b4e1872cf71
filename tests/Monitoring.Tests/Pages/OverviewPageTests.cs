using System.Xml.Linq;
using MlAspire.Monitoring.Tests.Hosting;
using static MlAspire.Monitoring.Tests.Hosting.RunningMonitoring;

namespace MlAspire.Monitoring.Tests.Pages;

public sealed class OverviewPageTests : IAsyncLifetime
{
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync() => monitoring = await RunningMonitoring.StartAsync();

    public async ValueTask DisposeAsync() => await monitoring.DisposeAsync();

    [Fact]
    public async Task Before_the_first_prediction_it_says_so()
    {
        var page = await PageAsync("/");

        Assert.Contains("No prediction yet", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_shows_the_busiest_model_and_lists_all_without_a_script()
    {
        await monitoring.PublishAsync(Prediction("a", 0.9, model: "one"), Prediction("b", 0.1, 40, model: "two"), Prediction("c", 0.9, 40, model: "two"));
        await monitoring.SummaryAsync(2, model: "two");
        await monitoring.FeedbackAsync(("b", false), ("c", true));

        var page = await PageAsync("/");

        Assert.Contains("Quality <em>two</em>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>AUC</dt><dd>1.000</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>predicted late</dt><dd>50 %</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dt>p50</dt><dd>40.0 ms</dd>", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/?model=one\"", page, StringComparison.Ordinal);
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Quality <em>one</em>", await PageAsync("/?model=one"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_chart_is_well_formed_and_has_its_marks()
    {
        await monitoring.PublishAsync(Prediction("a", 0.9));
        await monitoring.SummaryAsync(1);

        var page = await PageAsync("/");

        var charts = page.Split("<svg")[1..].Select(part => XElement.Parse("<svg" + part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + "</svg>".Length)])).ToArray();
        Assert.Equal([1, 0, 0, 0], charts.Select(chart => chart.Elements("rect").Count()));
        Assert.Equal([0, 3, 1, 0], charts.Select(chart => chart.Elements("circle").Count()));
    }

    [Fact]
    public async Task A_models_name_cannot_become_markup()
    {
        await monitoring.PublishAsync(Prediction("a", model: "<b>&\""));

        var page = await Testing.Eventually.ValueAsync("the model on the page", async () => await PageAsync("/") is var text && text.Contains("Models", StringComparison.Ordinal) && text.Contains("&amp;", StringComparison.Ordinal) ? text : null);

        Assert.Contains("&lt;b&gt;&amp;&quot;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    private async Task<string> PageAsync(string path)
    {
        using var response = await monitoring.Host.Client.GetAsync(path, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
