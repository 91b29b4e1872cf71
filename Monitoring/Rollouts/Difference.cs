using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>How much one figure is above another, and how sure that is. The requests of a cell may depend on each other, those of two cells do not: cells are what was assigned to the versions at random.</summary>
/// <param name="Value">One figure less the other.</param>
/// <param name="StandardError">Of it.</param>
/// <param name="DegreesOfFreedom">Of the standard error: few when a few cells make up most of it.</param>
internal readonly record struct Difference(double Value, double StandardError, double DegreesOfFreedom)
{
    /// <summary><paramref name="one"/> − <paramref name="other"/>. In cells that both have, their errors cancel as far as they go together: so pairs count as pairs.</summary>
    /// <remarks>
    /// Variance I/(I−1)·Σφ² over the I cells, φ being the difference of the influences; its degrees of freedom are 2·(Σφ²)² / (Σφ⁴ − (Σφ²)²/I), at most I − 1, as its own variance is estimated by the fourth moment.
    /// Source: K.-Y. Liang, S. L. Zeger, Longitudinal Data Analysis Using Generalized Linear Models, Biometrika 73 (1986); F. E. Satterthwaite, An Approximate Distribution of Estimates of Variance Components, Biometrics Bulletin 2 (1946).
    /// </remarks>
    public static Difference Of(Estimate one, Estimate other)
    {
        double[] influences =
        [
            .. one.Influences.Select(cell => cell.Value - other.Influences.GetValueOrDefault(cell.Key)),
            .. other.Influences.Where(cell => !one.Influences.ContainsKey(cell.Key)).Select(cell => -cell.Value),
        ];
        double cells = influences.Length;
        var squares = influences.Sum(influence => influence * influence);
        var ofSquares = influences.Sum(influence => influence * influence * influence * influence) - (squares * squares / cells);
        var degrees = ofSquares > 0 ? Math.Clamp(2 * squares * squares / ofSquares, 1, cells - 1) : cells - 1;
        return new(one.Value - other.Value, Math.Sqrt(cells / (cells - 1) * squares), degrees);
    }

    /// <summary>Probability of a difference at least so large when there is none.</summary>
    public double ProbabilityAbove(double hypothesis = 0) => NormalDistribution.UpperTail(Score(Value - hypothesis));

    /// <summary>Probability of a difference at most so large when it is <paramref name="hypothesis"/>.</summary>
    public double ProbabilityBelow(double hypothesis) => NormalDistribution.UpperTail(Score(hypothesis - Value));

    // Student's t as a normal score. Source: D. L. Wallace, Bounds on Normal Approximations to Student's and the Chi-Square Distributions, Annals of Mathematical Statistics 30 (1959).
    private double Score(double distance)
    {
        if (distance == 0)
        {
            return 0;
        }

        var t = distance / StandardError;
        var n = DegreesOfFreedom;
        return Math.CopySign(Math.Sqrt(n * Math.Log(1 + (t * t / n))) * ((8 * n) + 1) / ((8 * n) + 3), t);
    }
}
