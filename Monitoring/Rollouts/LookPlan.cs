using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>When a criterion is looked at, and what probability of a false roll back each look may spend. A look happens whenever the information has doubled; the one at which it is all that is needed is number <see cref="Full"/>.</summary>
/// <remarks>
/// The looks before share a quarter of the probability, the full one has half, and those after it a quarter, each half of the one before. All together spend no more than <paramref name="falseRollBacks"/>, by Bonferroni's inequality, however they depend on each other.
/// Source: K. K. G. Lan, D. L. DeMets, Discrete Sequential Boundaries for Clinical Trials, Biometrika 70 (1983); by information: C. R. Mehta, A. A. Tsiatis, Flexible Sample Size Considerations Using Information-Based Interim Monitoring, Drug Information Journal 35 (2001).
/// </remarks>
/// <param name="falseRollBacks">Of one criterion.</param>
/// <param name="falsePromotions">Of one criterion.</param>
internal sealed class LookPlan(double falseRollBacks, double falsePromotions)
{
    public const int Full = 7;

    private const int Last = 30;

    /// <summary>The information is enough when a margin is so many standard errors: then what is not seen to be worse is seen to be no worse than the margin.</summary>
    private readonly double standardErrors = NormalDistribution.UpperQuantile(falseRollBacks / 2) + NormalDistribution.UpperQuantile(falsePromotions);

    public double FalsePromotions => falsePromotions;

    /// <summary>Information as a share of what is needed; a million, when it is more.</summary>
    public double InformationOf(double margin, double standardError) => Math.Min(Math.Pow(margin / (standardErrors * standardError), 2), 1e6);

    /// <summary>The newest look at this information; 0 = none yet, it is less than 1/64.</summary>
    public static int LookAt(double information) => (int)Math.Clamp(Math.Floor(Math.Log2(information)) + Full, 0, Last);

    /// <summary>What look <paramref name="look"/> (from 1) may spend.</summary>
    public double SpentAt(int look) => falseRollBacks * (look < Full ? 0.25 / (Full - 1) : look == Full ? 0.5 : Math.ScaleB(0.25, Full - look));
}
