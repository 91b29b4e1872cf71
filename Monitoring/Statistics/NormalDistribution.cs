namespace MlAspire.Monitoring.Statistics;

/// <summary>The standard normal distribution, with the tail's relative accuracy of about 1e-12.</summary>
/// <remarks>Source: Abramowitz and Stegun, <see href="https://personal.math.ubc.ca/~cbm/aands/page_932.htm">Handbook of Mathematical Functions</see>, 26.2.11 (series) and 26.2.14 (continued fraction).</remarks>
internal static class NormalDistribution
{
    private const double SeriesUntil = 3;
    private const int Fractions = 100;

    /// <summary>Probability of a value above <paramref name="z"/>.</summary>
    public static double UpperTail(double z) => z < 0 ? 1 - UpperTail(-z) : z < SeriesUntil ? 0.5 - (Density(z) * Series(z)) : Density(z) / Fraction(z);

    /// <summary>The value above which lies <paramref name="probability"/>, in (0, 0.5].</summary>
    public static double UpperQuantile(double probability)
    {
        var (low, high) = (0.0, 38.0); // beyond, the tail is no double
        for (var i = 0; i < 64; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = UpperTail(middle) > probability ? (middle, high) : (low, middle);
        }

        return low;
    }

    private static double Density(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    // z + z³/3 + z⁵/(3·5) + ...
    private static double Series(double z)
    {
        var (term, sum) = (z, 0.0);
        for (var odd = 3; term > 1e-17; odd += 2)
        {
            sum += term;
            term *= z * z / odd;
        }

        return sum;
    }

    // z + 1/(z + 2/(z + 3/(z + ...
    private static double Fraction(double z)
    {
        var value = z;
        for (var i = Fractions; i > 0; i--)
        {
            value = z + (i / value);
        }

        return value;
    }
}
