using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

public sealed class ShippedPanelTests
{
    [Fact]
    public async Task Every_panel_that_is_shipped_draws_what_the_services_measure()
    {
        var shipped = Path.Combine(Checkout.Root, "Monitoring", "appsettings.json");
        var time = new ManualTimeProvider();
        await using var services = await RunningServices.StartAsync(LogLevel.Information, (name, builder) =>
        {
            if (name == RunningServices.Monitoring)
            {
                builder.UseTime(time).Configuration.AddJsonFile(shipped);
            }
        });
        var monitoring = services.HostOf(RunningServices.Monitoring);
        services.Watch();
        using var landing = new StringContent(
            """{"push_source_name": "landings", "df": {"event_time": ["2001-02-24T19:00:00Z"], "origin": ["ATL"], "destination": ["LGA"], "delay_minutes": [12]}, "to": "online"}""", Encoding.UTF8, "application/json");
        (await services.HostOf(RunningServices.FeatureStore).Client.PostAsync("/push", landing)).EnsureSuccessStatusCode();
        var titles = JsonNode.Parse(await File.ReadAllTextAsync(shipped))!["Panels"]!.AsObject().Select(panel => (string)panel.Value!["Title"]!).ToArray();

        await Eventually.TrueAsync($"a chart in each of {titles.Length} panels", async () =>
        {
            await services.PredictAsync("drawn");
            time.Advance(TimeSpan.FromSeconds(10));
            var panels = (await monitoring.Client.GetStringAsync("/")).Split("<section>");
            return titles.All(title => panels.Single(panel => panel.Contains($"<h2>{title}</h2>", StringComparison.Ordinal)).Contains("<polyline", StringComparison.Ordinal));
        });
    }
}
