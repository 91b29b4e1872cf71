using System.Text.Json.Nodes;

namespace MlAspire.SystemTests;

public sealed class DashboardPageTests(RunningSystem system)
{
    private static readonly NodeFolder Browser = new("tests/System.Tests/Browser");

    [Fact]
    public async Task The_dashboard_shows_every_resource_running_and_the_trace_of_a_prediction()
    {
        var (_, body) = await system.PredictAsync(RunningSystem.RealFlight());
        var trace = (string)body["trace_id"]!;
        await system.Telemetry.TraceAsync(trace, spans => spans.Any(s => s.Name == "session.run"));

        var seen = await LookAsync(trace);

        var states = seen["resources"]!.AsArray().ToDictionary(r => (string)r!["name"]!, r => ((string)r!["state"]!).Split('\n')[0].Trim()); // below it: the count of unread errors
        foreach (var resource in new[] { "redis", "feature-store", "inference", "gateway", "monitoring", "flights" })
        {
            Assert.Contains(states, s => s.Key.StartsWith(resource, StringComparison.Ordinal) && s.Value == "Running");
        }

        var spans = seen["spans"]!.AsArray().Select(s => (string)s!).ToList();
        Assert.Contains(spans, s => s.Contains("gateway", StringComparison.Ordinal));
        Assert.Contains(spans, s => s.Contains("feature-store", StringComparison.Ordinal));
        Assert.Contains(spans, s => s.Contains("session.run", StringComparison.Ordinal));
    }

    // The pictures stay in TestResults, to be looked at.
    private async Task<JsonNode> LookAsync(string trace)
    {
        await Browser.InstallAsync(TestContext.Current.CancellationToken);
        var pictures = Directory.CreateDirectory(Path.Combine(Checkout.Root, "tests", "System.Tests", "TestResults"));
        return JsonNode.Parse(await Browser.RunAsync("node", ["dashboard.mjs", system.Dashboard.ToString(), RunningSystem.BrowserToken, trace, pictures.FullName], TestContext.Current.CancellationToken))!;
    }
}
