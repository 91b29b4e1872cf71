using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MlAspire.SystemTests;

public sealed class DashboardPageTests(RunningSystem system)
{
    private static readonly string Browser = Path.Combine(Checkout.Root, "tests", "System.Tests", "Browser");

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
        if (!Directory.Exists(Path.Combine(Browser, "node_modules")))
        {
            await RunAsync("npm", ["ci", "--silent", "--no-audit", "--no-fund"]);
        }

        var pictures = Directory.CreateDirectory(Path.Combine(Checkout.Root, "tests", "System.Tests", "TestResults"));
        return JsonNode.Parse(await RunAsync("node", ["dashboard.mjs", system.Dashboard.ToString(), RunningSystem.BrowserToken, trace, pictures.FullName]))!;
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Browser, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var outputs = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {outputs[1]}");
        return outputs[0];
    }
}
