using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Routing;
using MlAspire.Monitoring.Quality;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>The automatic canaries of all models, and the evidence that comes in for them. Thread-safe.</summary>
/// <remarks>In memory: a restart begins the evidence anew. Rows wait for their outcome among as many as <c>Quality:Predictions</c> says, of all canaries; beyond, the oldest is forgotten.</remarks>
internal sealed class RolloutTable(IOptions<RolloutsOptions> options, IOptions<QualityOptions> quality)
{
    private const int MostEnded = 50;

    private readonly Lock gate = new(); // guards everything below
    private readonly SortedDictionary<string, Rollout> rollouts = new(StringComparer.Ordinal);
    private readonly HashSet<string> seen = []; // models whose canary answered since the last look: of those that are watched
    private readonly BoundedMap<Unlabelled> unlabelled = new(quality.Value.Predictions);
    private readonly Queue<RolloutState> ended = [];

    public IReadOnlyList<RolloutState> States
    {
        get
        {
            lock (gate)
            {
                return [.. rollouts.Values.Select(RolloutState.Of), .. ended.Reverse()];
            }
        }
    }

    public void Count(PredictionEvent prediction)
    {
        lock (gate)
        {
            if (prediction.Arm == PredictionEvent.Canary)
            {
                seen.Add(prediction.Model);
            }

            if (rollouts.TryGetValue(prediction.Model, out var rollout) && rollout.Count(prediction) is { } waiting && prediction.PredictionId is { } id)
            {
                unlabelled.Set(id, waiting);
            }
        }
    }

    public void Label(IReadOnlyList<FeedbackLabel> labels)
    {
        lock (gate)
        {
            foreach (var label in labels)
            {
                if (unlabelled.TryGet(label.PredictionId, out var row))
                {
                    unlabelled.Remove(label.PredictionId);
                    row.Rollout.Label(row, label.Positive);
                }
            }
        }
    }

    /// <summary>Models whose route there is a reason to ask for.</summary>
    public IReadOnlyList<string> Models()
    {
        lock (gate)
        {
            string[] models = [.. rollouts.Keys.Union(seen)];
            seen.Clear();
            return models;
        }
    }

    /// <summary>Takes over what holds for a model, and judges it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="newest">The newest change of its route.</param>
    /// <param name="now">The time.</param>
    /// <returns>The rollout that there is a verdict on; null when there is none.</returns>
    public Rollout? Judge(string model, RouteChange? newest, DateTimeOffset now)
    {
        lock (gate)
        {
            if (newest?.Plan is not { Canary: { Automatic: true, Paused: false } canary, Champion: { } champion } plan)
            {
                rollouts.Remove(model);
                return null;
            }

            if (!rollouts.TryGetValue(model, out var rollout) || rollout.Split.Since != newest.Timestamp)
            {
                rollouts[model] = rollout = new(new(model, newest.Timestamp, champion, canary.Version, plan.Shadow == canary.Version), options.Value);
            }

            rollout.Judge(now);
            return rollout.Verdict is null ? null : rollout;
        }
    }

    /// <summary>The verdict is carried out.</summary>
    public void End(Rollout rollout)
    {
        lock (gate)
        {
            rollouts.Remove(rollout.Split.Model);
            ended.Enqueue(RolloutState.Of(rollout));
            if (ended.Count > MostEnded)
            {
                ended.Dequeue();
            }
        }
    }
}
