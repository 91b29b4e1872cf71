using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Rollouts;

namespace MlAspire.Monitoring.Tests.Rollouts;

/// <summary>Traffic of a champion and its canary, from a seed: 400 entities, of which few are asked for most, a heavy-tailed latency, a fifth of the outcomes positive, and AUC 0.7.</summary>
internal sealed record SimulatedCanary
{
    private const int Entities = 400;
    private const double MeanOfPositives = 0.7416; // Φ(0.7416/√2) = 0.70: the area between N(0,1) and N(0.7416,1)
    private const double WorseMeanOfPositives = 0.6614; // Φ(0.6614/√2) = 0.68

    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public double Weight { get; init; } = 0.5;

    public double ErrorRate { get; init; } = 0.001;

    public double CanaryErrorRate { get; init; } = 0.001;

    /// <summary>Times as long as the champion takes.</summary>
    public double Slower { get; init; } = 1;

    /// <summary>Whether its AUC is 0.68.</summary>
    public bool Worse { get; init; }

    /// <summary>A shadow asks the other version too; the two versions' scores are correlated by 0.9.</summary>
    public bool Paired { get; init; } = true;

    /// <summary>Share of the entities that fail whoever answers.</summary>
    public double Poisoned { get; init; }

    public RolloutsOptions Options { get; init; } = new();

    public int MostRequests { get; init; } = 100_000;

    /// <summary>Lets requests come until there is a verdict, which is asked for whenever there is a tenth more of them.</summary>
    /// <returns>The verdict, null when there is none after <see cref="MostRequests"/>; and how many it took.</returns>
    public (VerdictKind? Verdict, int Requests) Run(int seed)
    {
        var random = new Random(seed);
        var rollout = new Rollout(new("m", Start, "1", "2", Paired), Options);
        var places = Enumerable.Range(0, Entities).Select(_ => random.NextDouble()).ToArray();
        var poisoned = places.Select(_ => random.NextDouble() < Poisoned).ToArray();
        for (int i = 1, next = 100; i <= MostRequests; i++)
        {
            var entity = (int)(Entities * Math.Pow(random.NextDouble(), 2)); // density falls as 1/√x
            Request(rollout, random, places[entity], poisoned[entity]);
            if (i == next)
            {
                rollout.Judge(Start);
                if (rollout.Verdict is { } verdict)
                {
                    return (verdict.Kind, i);
                }

                next += next / 10;
            }
        }

        return (null, MostRequests);
    }

    private void Request(Rollout rollout, Random random, double place, bool poisoned)
    {
        var canary = place < Weight;
        var prediction = new PredictionEvent
        {
            PredictionId = "-", Model = "m", Version = canary ? "2" : "1", Arm = canary ? "canary" : "stable", Place = place, Time = Start, Status = "ok",
            LatencyMs = (canary ? Slower : 1) * Latency(random),
        };
        if (poisoned || random.NextDouble() < (canary ? CanaryErrorRate : ErrorRate))
        {
            rollout.Count(prediction with { Status = "internal", PredictionId = null });
            return;
        }

        var positive = random.NextDouble() < 0.2;
        var (common, own) = (Normal(random), Normal(random));
        var stable = common + (positive ? MeanOfPositives : 0);
        var tried = (0.9 * common) + (Math.Sqrt(1 - 0.81) * own) + (positive ? Worse ? WorseMeanOfPositives : MeanOfPositives : 0);
        var waiting = rollout.Count(prediction with { Probability = canary ? tried : stable });
        if (Paired)
        {
            waiting = rollout.Count(prediction with
            {
                Arm = "shadow", Version = canary ? "1" : "2", Probability = canary ? stable : tried, AnsweredProbability = canary ? tried : stable,
            });
        }

        waiting!.Rollout.Label(waiting, positive);
    }

    // Around 5 ms with a logarithm of standard deviation 0.5, and one in fifty ten times that: a pause of the process.
    private static double Latency(Random random) => 5 * Math.Exp(0.5 * Normal(random)) * (random.NextDouble() < 0.02 ? 10 : 1);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
