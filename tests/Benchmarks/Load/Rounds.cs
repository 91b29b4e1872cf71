using MlAspire.Benchmarks.Report;

namespace MlAspire.Benchmarks.Load;

/// <summary>Measurements taken in turns, round after round, so that what disturbs the machine disturbs all of them.</summary>
internal static class Rounds
{
    /// <returns>For each of <paramref name="measure"/> its results, one a round.</returns>
    public static Measured[][] Interleave(int rounds, params Func<Measured>[] measure)
    {
        var results = measure.Select(_ => new Measured[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < measure.Length; i++)
            {
                results[i][round] = measure[i]();
            }
        }

        return results;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static Figure Figure(string model, string server, int connections, Measured[] rounds) => new(
        model, server, connections, Median(rounds.Select(round => round.Microseconds(0.5))), Median(rounds.Select(round => round.Microseconds(0.99))), Median(rounds.Select(round => round.Rate)));
}
