namespace MlAspire.Monitoring.Statistics;

/// <summary>How many of the tests that are believed are wrong, when many are made.</summary>
internal static class BenjaminiHochberg
{
    /// <summary>Each test's q: the least false discovery rate at which it is still believed.</summary>
    /// <param name="p">Probabilities under the hypothesis, each in [0, 1]; may be empty.</param>
    /// <returns>In the same order: the least of p₍ⱼ₎·m / j over the ranks j from its own on, m being how many there are. O(m log m).</returns>
    /// <remarks>Source: Y. Benjamini, Y. Hochberg, Controlling the False Discovery Rate, Journal of the Royal Statistical Society B 57 (1995), (1).</remarks>
    public static double[] Q(IReadOnlyList<double> p)
    {
        var q = new double[p.Count];
        int[] order = [.. Enumerable.Range(0, p.Count).OrderByDescending(i => p[i])];
        var least = 1.0;
        for (var rank = order.Length; rank > 0; rank--)
        {
            var i = order[^rank];
            q[i] = least = Math.Min(least, p[i] * order.Length / rank);
        }

        return q;
    }
}
