namespace MlAspire.Monitoring.Rollouts;

/// <summary>The automatic canaries that are judged, and the newest that were: at most 50 of these.</summary>
public sealed record RolloutList(IReadOnlyList<RolloutState> Rollouts);

/// <param name="Model">The model.</param>
/// <param name="Champion">The version that is compared with.</param>
/// <param name="Canary">The version that is tried.</param>
/// <param name="Since">When the route was set so; evidence begins there, or at Monitoring's start.</param>
/// <param name="Paired">Whether a shadow gives every row both versions' scores.</param>
/// <param name="StableRequests">Requests that the champion answered or failed.</param>
/// <param name="CanaryRequests">Requests that the canary answered or failed.</param>
/// <param name="Labels">Rows with a score of the canary whose outcome is known.</param>
/// <param name="Criteria">error_rate, latency and auc; null is one of which there is too little to say anything.</param>
/// <param name="Verdict">promote, roll_back or pause; null while there is none.</param>
/// <param name="Reason">Of the verdict.</param>
public sealed record RolloutState(
    string Model, string Champion, string Canary, DateTimeOffset Since, bool Paired, long StableRequests, long CanaryRequests, long Labels,
    IReadOnlyDictionary<string, Comparison?> Criteria, string? Verdict, string? Reason)
{
    internal static RolloutState Of(Rollout rollout) => new(
        rollout.Split.Model, rollout.Split.Champion, rollout.Split.Canary, rollout.Split.Since, rollout.Split.Paired, rollout.Evidence.StableRequests, rollout.Evidence.CanaryRequests,
        rollout.Evidence.Labels, rollout.Criteria, rollout.Verdict?.Wire, rollout.Verdict?.Reason);
}
