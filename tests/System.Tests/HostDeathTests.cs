using System.Diagnostics;
using System.Text;

namespace MlAspire.SystemTests;

public sealed class HostDeathTests
{
    [Fact]
    public async Task Killing_the_AppHost_leaves_no_process_of_it()
    {
        var mark = $"MLASPIRE_TEST_RUN={Guid.NewGuid():N}";
        var state = Directory.CreateTempSubdirectory("mlaspire-death-");
        using var host = Start(mark, state.FullName);
        try
        {
            // The services inherit the mark; redis, five services and DCP are at least seven.
            await Eventually.TrueAsync("the system's processes", () => Task.FromResult(Marked(mark).Count >= 7), RunningSystem.StartsWithin);

            host.Kill();
            await host.WaitForExitAsync(TestContext.Current.CancellationToken);

            await Eventually.TrueAsync("the end of every process of the killed AppHost", () => Task.FromResult(Marked(mark).Count == 0), TimeSpan.FromSeconds(60));
        }
        finally
        {
            foreach (var left in Marked(mark))
            {
                Process.GetProcessById(left).Kill();
            }

            state.Delete(recursive: true);
        }
    }

    private static Process Start(string mark, string state)
    {
        var appHost = Path.Combine(Checkout.Root, "AppHost", "bin", Checkout.Configuration, "net10.0", "MlAspire.AppHost.dll");
        // A shell that starts the tests in the background has them, and all that they start, ignore SIGINT.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", appHost, $"--Run:State={state}", "--DcpPublisher:RandomizePorts=true"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0",
                ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                [mark.Split('=')[0]] = mark.Split('=')[1],
            },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    // Processes whose environment holds the mark: a child has it from its parent, whoever its parent is now.
    private static List<int> Marked(string mark) =>
        [.. Directory.GetDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0).Where(pid => pid > 0 && HasMark(pid, mark))];

    private static bool HasMark(int pid, string mark)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ")).Split('\0').Contains(mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or another user's
        }
    }
}
