using System.Globalization;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>How much of everything. The defaults are the full test; <see cref="Short"/> is for every build.</summary>
internal sealed record StressOptions
{
    public int Commands { get; init; } = 1_000_000;
    public int Callers { get; init; } = 256;
    public int LargeValues { get; init; } = 24;
    public int LargeValueBytes { get; init; } = 16 * 1024 * 1024;
    public int ArrayElements { get; init; } = 50_000;
    public int Messages { get; init; } = 200_000;
    public int StreamEntries { get; init; } = 20_000;
    public int Kills { get; init; } = 10;
    public int CommandsBetweenKills { get; init; } = 20_000;
    public int LeakRounds { get; init; } = 8;
    public bool Tls { get; init; }

    public static StressOptions Short { get; } = new()
    {
        Commands = 30_000, LargeValues = 2, ArrayElements = 10_000, Messages = 8_000, StreamEntries = 1_000, Kills = 2, CommandsBetweenKills = 2_000, LeakRounds = 0,
    };

    /// <summary>Reads <c>short</c>, <c>tls</c>, <c>commands=N</c>, <c>callers=N</c>, <c>kills=N</c>, <c>rounds=N</c>.</summary>
    /// <exception cref="ArgumentException">Names the argument that is none of these.</exception>
    public static StressOptions Parse(string[] args) => args.Aggregate(args.Contains("short") ? Short : new StressOptions(), (options, arg) => arg.Split('=') switch
    {
        ["short"] => options,
        ["tls"] => options with { Tls = true },
        ["commands", var n] => options with { Commands = Number(arg, n) },
        ["callers", var n] => options with { Callers = Number(arg, n) },
        ["kills", var n] => options with { Kills = Number(arg, n) },
        ["rounds", var n] => options with { LeakRounds = Number(arg, n) },
        _ => throw new ArgumentException($"'{arg}' is not an argument: short, tls, commands=N, callers=N, kills=N, rounds=N"),
    });

    private static int Number(string arg, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new ArgumentException($"'{arg}' needs a whole number");
}
