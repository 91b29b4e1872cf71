using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Statistics;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>What both sides of a split did since it holds. Not thread-safe.</summary>
/// <remarks>Requests are taken together in <see cref="Cells"/> cells by their place in the split, so that those of equal entities, which always meet the same side, are not counted as independent. Memory: at most 10 MB for the cells, and 24 bytes for each of <see cref="MaxLabels"/> labels a side.</remarks>
internal sealed class Evidence
{
    public const int Cells = 1 << 16;

    /// <summary>Labelled rows a side; further ones are left out.</summary>
    public const int MaxLabels = 200_000;

    /// <summary>Requests, and rows of each label, that a side needs before anything is said of it.</summary>
    public const int Fewest = 100;

    private const int FewestCells = 10;

    private readonly Side stable = new();
    private readonly Side canary = new();

    public long StableRequests => stable.Errors.Count;

    public long CanaryRequests => canary.Errors.Count;

    public long Labels => canary.Auc.Labels;

    public static int CellOf(double place) => (int)(place * Cells);

    /// <summary>Counts a request. What its caller did wrong, or gave up, is nobody's failure.</summary>
    public void Count(PredictionEvent prediction, int cell)
    {
        var side = prediction.Arm == PredictionEvent.Canary ? canary : stable;
        if (prediction.Status == PredictionEvent.Ok)
        {
            side.Errors.Add(cell, 0);
            side.LogLatency.Add(cell, Math.Log(Math.Max(prediction.LatencyMs, 0.001)));
        }
        else if (ErrorMapping.FromWire(prediction.Status) is { } code && ErrorMapping.Of(code).HttpStatus is 429 or >= 500)
        {
            side.Errors.Add(cell, 1);
        }
    }

    /// <summary>Takes what really happened to a row; a score that is null was not asked for.</summary>
    public void Label(int cell, double? stableScore, double? canaryScore, bool positive)
    {
        stable.Label(cell, stableScore, positive);
        canary.Label(cell, canaryScore, positive);
    }

    /// <summary>Failed requests as a share of all. By Fisher's exact test and, as some entities may fail whoever answers them, by cells too: the larger probability counts.</summary>
    /// <returns>Null while there is too little.</returns>
    /// <remarks>How much is needed is reckoned for a canary that is worse by the margin, so that no failure at all is not infinitely much information.</remarks>
    public Comparison? Errors(double margin, LookPlan plan)
    {
        if (Estimates(side => side.Errors) is not var (champion, tried))
        {
            return null;
        }

        var difference = Difference.Of(tried, champion);
        var bad = Math.Min(champion.Value + margin, 0.5);
        var planned = Math.Sqrt((bad * (1 - bad) / CanaryRequests) + (champion.Value * (1 - champion.Value) / StableRequests));
        var exact = FisherExactTest.Probability((long)canary.Errors.Sum, CanaryRequests, (long)stable.Errors.Sum, StableRequests);
        return new(
            champion.Value, tried.Value, difference.Value, margin, Math.Max(exact, difference.ProbabilityAbove()),
            (difference with { StandardError = Math.Max(planned, difference.StandardError) }).ProbabilityBelow(margin), plan.InformationOf(margin, planned));
    }

    /// <summary>Typical latency in milliseconds: the geometric mean, so that a few slow requests do not decide.</summary>
    /// <returns>Null while there is too little.</returns>
    /// <remarks>Compared by its logarithm, whose difference is that of the ratio; worse by 0.3 is 30 % more.</remarks>
    public Comparison? Latency(double margin, LookPlan plan)
    {
        if (Estimates(side => side.LogLatency) is not var (champion, tried))
        {
            return null;
        }

        var (difference, log) = (Difference.Of(tried, champion), Math.Log(1 + margin));
        return new(
            Math.Exp(champion.Value), Math.Exp(tried.Value), Math.Exp(difference.Value) - 1, margin, difference.ProbabilityAbove(), difference.ProbabilityBelow(log),
            plan.InformationOf(log, difference.StandardError));
    }

    /// <summary>Area under the ROC curve of the rows whose outcome is known.</summary>
    /// <returns>Null while there is too little.</returns>
    /// <remarks>Where a shadow makes pairs, both areas are over the same rows, and what these have in common cancels.</remarks>
    public Comparison? Auc(double margin, LookPlan plan)
    {
        if (Estimates(side => side.Auc) is not var (champion, tried))
        {
            return null;
        }

        var difference = Difference.Of(champion, tried);
        return new(
            champion.Value, tried.Value, difference.Value, margin, difference.ProbabilityAbove(), difference.ProbabilityBelow(margin),
            plan.InformationOf(margin, difference.StandardError));
    }

    private (Estimate Stable, Estimate Canary)? Estimates(Func<Side, IFigure> figure)
    {
        var (one, other) = (figure(stable), figure(canary));
        return Math.Min(one.Count, other.Count) >= Fewest && (one.Estimate(), other.Estimate()) is var pair && Math.Min(pair.Item1.Influences.Count, pair.Item2.Influences.Count) >= FewestCells ? pair : null;
    }

    private sealed class Side
    {
        public CellMean Errors { get; } = new();

        public CellMean LogLatency { get; } = new();

        public CellAuc Auc { get; } = new();

        public void Label(int cell, double? score, bool positive)
        {
            if (score is { } known && Auc.Labels < MaxLabels)
            {
                Auc.Add(cell, known, positive);
            }
        }
    }
}
