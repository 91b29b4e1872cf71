using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MlAspire.Gateway;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

public sealed class StandardStreamTests
{
    [Fact]
    public async Task A_process_writes_its_lines_to_stdout_and_those_from_a_level_on_to_stderr()
    {
        var folder = Directory.CreateTempSubdirectory("mlaspire-streams-");
        using var process = Start("", folder, "http://127.0.0.1:0", ("Logging__Console__LogToStandardErrorThreshold", "Warning"));
        var error = process.StandardError.ReadToEndAsync();
        List<string> output = [];
        while (await process.StandardOutput.ReadLineAsync().WithinAsync("the gateway to start", TimeSpan.FromSeconds(60)) is { } line)
        {
            output.Add(line);
            if ((string?)JsonNode.Parse(line)!["event"] == "application_started")
            {
                process.Kill();
            }
        }

        var errors = (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).ToArray();
        folder.Delete(recursive: true);
        Assert.Contains("access_configured", errors.Select(line => (string?)JsonNode.Parse(line)!["event"]));
        Assert.All(errors, line => Assert.Contains((string?)JsonNode.Parse(line)!["level"], (string[])["WARNING", "ERROR", "CRITICAL"]));
        Assert.All(output, line => Assert.Contains((string?)JsonNode.Parse(line)!["level"], (string[])["INFO", "DEBUG"]));
    }

    [Theory]
    [InlineData("> >(exec true)")] // which ends before the first line
    [InlineData("> >(exec true) 2>&1")]
    [InlineData("> /dev/full 2>&1")]
    public async Task A_process_whose_stdout_takes_nothing_goes_on_and_counts_every_line_as_lost(string redirection)
    {
        var folder = Directory.CreateTempSubdirectory("mlaspire-streams-");
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        using var process = Start(redirection, folder, address.AbsoluteUri);
        using var client = new HttpClient { BaseAddress = address };
        try
        {
            await Eventually.TrueAsync("lines that are counted as lost", async () => Count(await client.GetStringAsync("/metrics"), "dropped", "reason=\"write_failed\"") > 0, TimeSpan.FromSeconds(60));
            await Eventually.TrueAsync("every line to be counted", async () =>
            {
                var metrics = await client.GetStringAsync("/metrics");
                return Count(metrics, "produced") == Count(metrics, "dropped", "reason=\"write_failed\"");
            });
            Assert.Equal(0, Count(await client.GetStringAsync("/metrics"), "exported"));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <param name="redirection">Of its streams, as the shell writes it.</param>
    private static Process Start(string redirection, DirectoryInfo folder, string address, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec dotnet \"$@\" {redirection}", "bash", typeof(GatewayApp).Assembly.Location, "--urls", address]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings.Concat(
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"), ("ConnectionStrings__redis", "127.0.0.1:1"),
            ("Audit__Directory", Path.Combine(folder.FullName, "audit")), ("ModelRepository__Path", Path.Combine(Checkout.Root, "models")),
        ]))
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Of log lines for the console. Example: <c>telemetry_dropped_total{signal="logs",sink="console",reason="write_failed"} 12</c></summary>
    private static long Count(string metrics, string end, string reason = "") => metrics.Split('\n')
        .Where(line => line.StartsWith($"telemetry_{end}_total{{", StringComparison.Ordinal) && line.Contains("sink=\"console\"", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal))
        .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
