using System.Xml.Linq;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MlAspire.Monitoring.Panels;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Tests.Logs;
using MlAspire.Testing;

namespace MlAspire.Monitoring.Tests.Panels;

/// <summary>Monitoring draws its own metrics: it is one of the services that it is told of.</summary>
[Collection(nameof(Alone))]
public sealed class PanelWorkerTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly LogsFolder folder = new();
    private RunningMonitoring monitoring = null!;
    private IConfigurationRoot configuration = null!;

    public async ValueTask InitializeAsync()
    {
        monitoring = await RunningMonitoring.StartAsync(
            time, ("Logs:Directory", folder.Path), ("LogRules:Rules:0:Name", "drawn_lines"), ("LogRules:Rules:0:Where:event", "drawn"),
            ("Panels:unknown:Title", "Not <made> yet"), ("Panels:unknown:Metric", "no_such_metric"));
        configuration = (IConfigurationRoot)monitoring.Host.App.Configuration;
        configuration["services:monitoring:http:0"] = monitoring.Host.Address.ToString();
        configuration.Reload();
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_metric_that_no_service_has_is_no_error()
    {
        var panel = await PanelAsync("Not &lt;made&gt; yet", panel => panel.Contains("no_such_metric", StringComparison.Ordinal));

        Assert.Contains("No data yet.", panel, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", panel, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Panels_are_added_while_it_runs_and_wrong_ones_leave_those_before()
    {
        configuration["Panels:lines:Title"] = "Lines of the rule";
        configuration.Reload();
        await Eventually.TrueAsync("the panel without a metric to be refused", LookedAsync(() => Task.FromResult(Problems().Any())));
        Assert.StartsWith("Panels:lines:Metric: ", Problems().Single(), StringComparison.Ordinal);
        await PanelAsync("Not &lt;made&gt; yet", panel => true);

        (configuration["Panels:lines:Metric"], configuration["Panels:lines:By"], configuration["Panels:lines:Where:rule"]) = ("ml_log_rule_matches_total", "rule", "drawn_lines");
        configuration.Reload();
        await PanelAsync("Lines of the rule", panel => panel.Contains("No data yet.", StringComparison.Ordinal));
        await LookAsync(); // from now on it knows that there was none
        folder.Write("gateway", Enumerable.Range(0, 5).Select(_ => LogsFolder.LineAt(time.GetUtcNow(), "x", ("event", "drawn"))));
        await Eventually.TrueAsync("the lines to be counted", LookedAsync(async () => (await monitoring.Host.Client.GetStringAsync("/metrics")).Contains("""rule="drawn_lines"} 5""", StringComparison.Ordinal)));

        var drawn = await PanelAsync("Lines of the rule", panel => panel.Contains("<svg", StringComparison.Ordinal));
        Assert.Matches("""<span class="a">drawn_lines <b>[0-9.]+ /s</b></span>""", drawn);
        Assert.Contains("<code>ml_log_rule_matches_total</code> a second, by rule, rule = drawn_lines", drawn, StringComparison.Ordinal);
        Assert.Contains(Chart(drawn).Elements(), mark => mark.Name == "polyline" || mark.Name == "circle");
        Assert.Single(Problems());
    }

    [Fact]
    public async Task A_setting_that_is_not_known_is_named()
    {
        configuration["Panels:unknown:Colour"] = "red";
        configuration.Reload();

        await Eventually.TrueAsync("the setting to be refused", LookedAsync(() => Task.FromResult(Problems().Any())));

        Assert.Contains("'Colour'", Problems().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_panel_that_is_not_changed_keeps_its_points_when_others_come()
    {
        (configuration["Panels:lag:Title"], configuration["Panels:lag:Metric"]) = ("Lag", "ml_monitoring_lag");
        configuration.Reload();
        await PanelAsync("Lag", panel => panel.Contains("<polyline", StringComparison.Ordinal)); // two points or more

        (configuration["Panels:other:Title"], configuration["Panels:other:Metric"]) = ("Other", "ml_monitoring_lag");
        configuration.Reload();

        await PanelAsync("Other", panel => panel.Contains("<circle", StringComparison.Ordinal)); // its first
        await PanelAsync("Lag", panel => Assert.Single(Chart(panel).Elements("polyline")).Attribute("points")!.Value.Split(' ').Length > 2);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_named()
    {
        configuration["services:gone:http:0"] = "http://127.0.0.1:1";
        configuration.Reload();

        await Eventually.TrueAsync("the service's name", LookedAsync(async () => (await monitoring.Host.Client.GetStringAsync("/")).Contains("no metrics of gone ·", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Panels:latency:Metric", "a-b")]
    [InlineData("Panels:latency:Metric", "")]
    [InlineData("Panels:latency:Title", "")]
    [InlineData("Panels:latency:By", "a b")]
    [InlineData("Panels:latency:Quantile", "1.01")]
    public void A_wrong_setting_is_named(string setting, string value)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Bind(("Panels:latency:Title", "Latency"), ("Panels:latency:Metric", "latency_seconds"), (setting, value)));

        Assert.StartsWith($"{setting}: ", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Panels_and_their_conditions_are_bounded()
    {
        Bind([.. Enumerable.Range(0, 24).SelectMany(Panel)]);
        Assert.Equal(["Panels: at most 24, not 25."], Assert.Throws<OptionsValidationException>(() => Bind([.. Enumerable.Range(0, 25).SelectMany(Panel)])).Failures);

        Bind([.. Panel(0), .. Enumerable.Range(0, 8).Select(label => ($"Panels:0:Where:{label}", "x"))]);
        Assert.StartsWith("Panels:0:Where: ", Assert.Single(Assert.Throws<OptionsValidationException>(() => Bind([.. Panel(0), .. Enumerable.Range(0, 9).Select(label => ($"Panels:0:Where:{label}", "x"))])).Failures), StringComparison.Ordinal);

        static IEnumerable<(string, string)> Panel(int number) => [($"Panels:{number}:Title", "T"), ($"Panels:{number}:Metric", "m")];
    }

    private static void Bind(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)).DistinctBy(setting => setting.Key));
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create(settings[^1].Key, (string?)settings[^1].Value)]);
        builder.AddPanels();
        using var host = builder.Build();
        host.Services.GetRequiredService<IOptionsFactory<PanelsOptions>>().Create(Options.DefaultName);
    }

    private static XElement Chart(string panel) => XElement.Parse(panel[panel.IndexOf("<svg", StringComparison.Ordinal)..(panel.IndexOf("</svg>", StringComparison.Ordinal) + "</svg>".Length)]);

    /// <summary>One look of the worker at the services.</summary>
    private async Task LookAsync()
    {
        var before = Board;
        time.Advance(PanelWorker.Interval);
        await Eventually.TrueAsync("a look", () => Board != before);
    }

    private IEnumerable<string> Problems() => monitoring.Host.Logs.Named("panels_unusable").Select(line => (string)line.Fields["Reason"]!);

    private PanelBoard Board => monitoring.Host.Services.GetRequiredService<PanelWorker>().Board;

    private Func<Task<bool>> LookedAsync(Func<Task<bool>> condition) => async () =>
    {
        await LookAsync();
        return await condition();
    };

    /// <summary>The panel's markup, once it is on the page as it should be.</summary>
    private Task<string> PanelAsync(string title, Func<string, bool> condition) => Eventually.ValueAsync($"the panel {title}", async () =>
    {
        await LookAsync();
        var page = await monitoring.Host.Client.GetStringAsync("/");
        return page.Split("<section>").FirstOrDefault(section => section.Contains($"<h2>{title}</h2>", StringComparison.Ordinal)) is { } panel && condition(panel) ? panel : null;
    });
}
