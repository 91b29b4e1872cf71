using System.Diagnostics;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dcp;

/// <summary>However the AppHost ends, nothing that it started stays.</summary>
public sealed class HostDeathTests
{
    [Theory]
    [InlineData("-KILL")]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task Nothing_is_left_when_the_AppHost_ends(string signal)
    {
        var seconds = System.Security.Cryptography.RandomNumberGenerator.GetInt32(100_000, 999_999).ToString(System.Globalization.CultureInfo.InvariantCulture); // tells this sleeper from others
        using var host = Start(seconds);
        try
        {
            await StartedAsync(host);
            await Waits.UntilAsync(() => Sleepers(seconds).Count == 1, "the AppHost's process runs"); // "started" = handed to DCP
            var dcp = ProcessesWith($"--monitor {host.Id} ");
            Assert.NotEmpty(dcp);

            using var kill = Process.Start("kill", [signal, host.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await host.WaitForExitAsync(Waits.Soon());
            if (signal != "-KILL")
            {
                Assert.Empty(Sleepers(seconds)); // asked politely, the AppHost ends last
            }

            await Waits.UntilAsync(() => Sleepers(seconds).Count == 0, "the process that the AppHost started has ended");
            await Waits.UntilAsync(() => !dcp.Any(IsAlive), "the DCP of the AppHost has ended");
        }
        finally
        {
            if (!host.HasExited)
            {
                host.Kill();
            }
        }
    }

    private static Process Start(string seconds)
    {
        // A shell that starts the tests in the background has them, and all that they start, ignore SIGINT.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Programs.FixtureAssembly, "host"]) { RedirectStandardOutput = true };
        start.Environment["DcpPublisher__CliPath"] = Programs.Dcp;
        start.Environment["Seconds"] = seconds;
        return Process.Start(start)!;
    }

    private static async Task StartedAsync(Process host)
    {
        while (await host.StandardOutput.ReadLineAsync(Waits.Soon(60)) is { } line)
        {
            if (line.Contains("Distributed application started", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail("The AppHost ended without starting.");
    }

    private static List<int> Sleepers(string seconds) => [.. ProcessesWith($"sleep {seconds}").Where(id => CommandLine(id) == $"sleep {seconds}")];

    private static List<int> ProcessesWith(string text) =>
        [.. Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0).Where(id => id > 0 && CommandLine(id).Contains(text, StringComparison.Ordinal))];

    private static bool IsAlive(int id) => CommandLine(id).Length > 0;

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // it has ended in the meantime
        }
    }
}
