using System.Diagnostics;
using System.Globalization;

namespace MlAspire.Benchmarks.Features;

/// <summary>redis-benchmark itself, written in C by Redis' authors: what this server and machine can do at the most.</summary>
internal static class RedisFloor
{
    /// <summary>MGETs a second of these keys, over 16 connections without pipelining.</summary>
    /// <exception cref="InvalidOperationException">redis-benchmark failed; its output.</exception>
    public static double MgetRate(int port, IReadOnlyList<string> keys, int requests)
    {
        string[] arguments = ["-p", $"{port}", "-c", "16", "-n", $"{requests}", "--csv", "MGET", .. keys];
        using var process = Process.Start(new ProcessStartInfo("redis-benchmark", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // "test","rps",...  and then  "MGET ...","18900.12",...: the second column of the last line.
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        var columns = last.Split("\",\"");
        return columns.Length > 1 && double.TryParse(columns[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) ? rate : throw new InvalidOperationException($"redis-benchmark: {output}");
    }
}
