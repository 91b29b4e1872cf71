using System.Globalization;

namespace MlAspire.Monitoring.Failures;

/// <summary>A number's values in a few bins of about equally many; pure.</summary>
internal sealed class QuantileBins
{
    /// <summary>Up to so many different values each is a bin of its own.</summary>
    public const int FewValues = 8;

    private const int Bins = 4;

    private readonly double[] edges;
    private readonly bool isExact;

    /// <param name="values">All of them, finite; at least one.</param>
    public QuantileBins(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        double[] distinct = [.. sorted.Distinct()];
        isExact = distinct.Length <= FewValues;
        edges = isExact ? distinct : [.. Enumerable.Range(1, Bins - 1).Select(bin => sorted[bin * sorted.Length / Bins]).Where(edge => edge > sorted[0]).DefaultIfEmpty(distinct[1]).Distinct()];
    }

    /// <summary>The bin of one of the values, in words: <c>3</c>, <c>&lt; 200</c>, <c>[200, 541)</c>, <c>&gt;= 1024</c>.</summary>
    public string NameOf(double value)
    {
        if (isExact)
        {
            return value.ToString("R", CultureInfo.InvariantCulture);
        }

        var bin = edges.Count(edge => edge <= value);
        return bin == 0 ? $"< {Text(edges[0])}" : bin == edges.Length ? $">= {Text(edges[^1])}" : $"[{Text(edges[bin - 1])}, {Text(edges[bin])})";
    }

    private static string Text(double edge) => edge.ToString("G6", CultureInfo.InvariantCulture);
}
