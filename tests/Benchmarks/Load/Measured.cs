namespace MlAspire.Benchmarks.Load;

/// <summary>What a slice of load has seen.</summary>
/// <param name="Latencies">Of the requests answered with 200, ascending.</param>
/// <param name="Rejected">Requests answered with 429 or 503.</param>
/// <param name="Failed">Requests answered in any other way.</param>
internal sealed record Measured(TimeSpan[] Latencies, int Rejected, int Failed, TimeSpan Elapsed)
{
    /// <summary>Requests answered with 200 a second.</summary>
    public double Rate => Latencies.Length / Elapsed.TotalSeconds;

    public double Microseconds(double quantile) => Latencies.Length == 0 ? double.NaN : Latencies[(int)Math.Min(Latencies.Length - 1, quantile * Latencies.Length)].TotalMicroseconds;

    public static Measured Of(IEnumerable<Tally> tallies, TimeSpan elapsed)
    {
        var all = tallies.ToArray();
        var latencies = all.SelectMany(tally => tally.Latencies).ToArray();
        Array.Sort(latencies);
        return new Measured(latencies, all.Sum(tally => tally.Rejected), all.Sum(tally => tally.Failed), elapsed);
    }
}

/// <summary>What one connection has seen.</summary>
internal sealed class Tally
{
    public List<TimeSpan> Latencies { get; } = new(1 << 16);

    public int Rejected { get; private set; }

    public int Failed { get; private set; }

    public void Add(int status, TimeSpan latency)
    {
        switch (status)
        {
            case 200: Latencies.Add(latency); break;
            case 429 or 503: Rejected++; break;
            default: Failed++; break;
        }
    }
}
