using System.Globalization;

namespace MlAspire.Benchmarks;

/// <summary>What a run of a benchmark is given by <c>./mlaspire bench</c>.</summary>
/// <param name="Service">Directory of the published service.</param>
/// <param name="Models">The repository's models: the flight model is taken from there.</param>
/// <param name="Node">Directory of the Node server, its packages installed.</param>
/// <param name="Output">Directory of what the run writes: models, logs, results.</param>
internal sealed record BenchSetting(string Service, string Models, string Node, string Output)
{
    /// <summary>A few seconds that show that everything works; its figures mean nothing.</summary>
    public bool Quick { get; private init; }

    /// <summary>Rounds of every interleaved measurement; the median counts.</summary>
    public int Rounds { get; private init; } = 7;

    /// <summary>What is measured, of what can be measured by itself; all of it without <c>--rows</c>.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>Length of one measurement.</summary>
    public TimeSpan Slice => TimeSpan.FromMilliseconds(Quick ? 100 : 600);

    /// <summary>Load at a time before the first measurement of a route, until its code is compiled (<see cref="Load.WarmUp"/>).</summary>
    public TimeSpan WarmUp => TimeSpan.FromMilliseconds(Quick ? 200 : 8000);

    /// <returns>The setting with the options of the command line; null when there is one that is not known.</returns>
    public BenchSetting? With(ReadOnlySpan<string> options) => options switch
    {
        [] => this,
        ["--quick", .. var rest] => (this with { Quick = true, Rounds = 1 }).With(rest),
        ["--rounds", var count, .. var rest] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds > 0 => (this with { Rounds = rounds }).With(rest),
        ["--rows", var names, .. var rest] when names.Split(',') is var rows && rows.All(Rows.Contains) => (this with { Rows = rows }).With(rest),
        _ => null,
    };
}
