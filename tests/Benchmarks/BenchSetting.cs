namespace MlAspire.Benchmarks;

/// <summary>What a run of the benchmark is given by <c>./mlaspire bench inference</c>.</summary>
/// <param name="Service">Directory of the published Inference.Api.</param>
/// <param name="Models">The repository's models: the flight model is taken from there.</param>
/// <param name="Node">Directory of the Node server, its packages installed.</param>
/// <param name="Output">Directory of what the run writes: models, logs, results.</param>
/// <param name="Quick">A few seconds that show that everything works; its figures mean nothing.</param>
internal sealed record BenchSetting(string Service, string Models, string Node, string Output, bool Quick)
{
    /// <summary>Rounds of every interleaved measurement; the median counts.</summary>
    public int Rounds => Quick ? 1 : 7;

    /// <summary>Length of one measurement.</summary>
    public TimeSpan Slice => TimeSpan.FromMilliseconds(Quick ? 100 : 600);

    /// <summary>Load before the first measurement of a route, so that its code is compiled to the last tier.</summary>
    public TimeSpan WarmUp => TimeSpan.FromMilliseconds(Quick ? 200 : 2500);
}
