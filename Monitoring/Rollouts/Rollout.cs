using System.Globalization;
using MlAspire.Gateway.Pipeline.Events;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>One automatic canary, from the change of the route that set it: its evidence, and what that amounts to. Pure; not thread-safe until there is a verdict: then nothing changes any more, so that it is told with what it was made of.</summary>
internal sealed class Rollout
{
    private readonly RolloutSplit split;
    private readonly LookPlan plan;
    private readonly DateTimeOffset horizon;
    private readonly Criterion[] criteria;

    public Rollout(RolloutSplit split, RolloutsOptions options)
    {
        this.split = split;
        horizon = split.Since + options.Horizon;
        criteria =
        [
            new("error_rate", plan => Evidence.Errors(options.MaxErrorRateIncrease, plan)), new("latency", plan => Evidence.Latency(options.MaxLatencyIncrease, plan)),
            .. options.MaxAucDecrease is { } decrease ? [new Criterion("auc", plan => Evidence.Auc(decrease, plan))] : Array.Empty<Criterion>(),
        ];
        plan = new(options.FalseRollBacks / criteria.Length, options.FalsePromotions);
    }

    public RolloutSplit Split => split;

    public Evidence Evidence { get; } = new();

    /// <summary>What <see cref="Judge"/> came to; null until then. It stays.</summary>
    public Verdict? Verdict { get; private set; }

    /// <summary>The criteria as of the last judgement; null is one of which there is too little.</summary>
    public IReadOnlyDictionary<string, Comparison?> Criteria => criteria.ToDictionary(criterion => criterion.Name, criterion => criterion.Newest);

    /// <summary>Takes an event of the model into the evidence, when it is of a request that the split assigned.</summary>
    /// <returns>What waits for its label; null when nothing does.</returns>
    public Unlabelled? Count(PredictionEvent prediction)
    {
        if (Verdict is not null || prediction.Place is not { } place || prediction.Time < split.Since || !split.Has(prediction))
        {
            return null;
        }

        var cell = Evidence.CellOf(place);
        if (prediction.Arm != PredictionEvent.Shadow && prediction.Row == 0)
        {
            Evidence.Count(prediction, cell);
        }

        return prediction is { Status: PredictionEvent.Ok, Probability: { } score } ? split.Scores(prediction, score) is var (stable, canary) ? new(this, cell, stable, canary) : null : null;
    }

    /// <summary>Takes the outcome of what <see cref="Count"/> said waits for it.</summary>
    public void Label(Unlabelled row, bool positive)
    {
        if (Verdict is null)
        {
            Evidence.Label(row.Cell, row.Stable, row.Canary, positive);
        }
    }

    /// <summary>Looks at the criteria of which there is enough for their next look.</summary>
    public void Judge(DateTimeOffset now)
    {
        var looked = false;
        foreach (var criterion in criteria.TakeWhile(_ => Verdict is null))
        {
            if (criterion.Looks(plan) is { } comparison)
            {
                looked = true;
                Verdict = comparison.IsWorse(plan.SpentAt(criterion.Look))
                    ? new(VerdictKind.RollBack, Text($"{criterion.Name} is worse: {comparison.Canary:0.#####}, the champion's {comparison.Stable:0.#####} (p = {comparison.ProbabilityIfEqual:0.#e0})"))
                    : null;
            }
        }

        Verdict ??= looked && criteria.All(criterion => criterion.Look >= LookPlan.Full && criterion.Newest!.ProbabilityIfBad <= plan.FalsePromotions)
            ? new(VerdictKind.Promote, $"no worse by {string.Join(", ", criteria.Select(criterion => criterion.Name))} than the margins")
            : now >= horizon ? new(VerdictKind.Pause, $"too little is known at the horizon of {string.Join(", ", criteria.Where(criterion => criterion.Look < LookPlan.Full).Select(criterion => criterion.Name))}") : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Criterion(string name, Func<LookPlan, Comparison?> compare)
    {
        public string Name => name;

        public int Look { get; private set; }

        public Comparison? Newest { get; private set; }

        /// <summary>The comparison, when there is enough for a look that was not taken yet.</summary>
        public Comparison? Looks(LookPlan plan)
        {
            Newest = compare(plan);
            if (Newest is null || LookPlan.LookAt(Newest.Information) <= Look)
            {
                return null;
            }

            Look = LookPlan.LookAt(Newest.Information);
            return Newest;
        }
    }
}

/// <summary>A row whose outcome is not known yet.</summary>
internal sealed record Unlabelled(Rollout Rollout, int Cell, double? Stable, double? Canary);
