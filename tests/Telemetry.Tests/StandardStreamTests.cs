using System.Diagnostics;
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
        var start = new ProcessStartInfo("dotnet", [typeof(GatewayApp).Assembly.Location, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in new[]
        {
            ("ASPNETCORE_ENVIRONMENT", "Production"), ("Logging__Console__LogToStandardErrorThreshold", "Warning"), ("ConnectionStrings__redis", "127.0.0.1:1"),
            ("Audit__Directory", Path.Combine(folder.FullName, "audit")), ("ModelRepository__Path", Path.Combine(Checkout.Root, "models")),
        })
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
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
}
