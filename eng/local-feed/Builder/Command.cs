using System.Diagnostics;

namespace MlAspire.LocalFeed;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <summary>Returns when <paramref name="program"/> has ended with 0; its output is shown only when it fails.</summary>
    /// <exception cref="FeedException">It is missing or ends otherwise.</exception>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        var outputs = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new FeedException($"{program} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}:\n{string.Join('\n', outputs)}");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new FeedException($"{start.FileName} cannot be started ({e.Message}); is it installed?");
        }
    }
}
