namespace MlAspire.FeatureStore.Feast;

/// <summary>Body of Feast's <c>POST /materialize</c>.</summary>
/// <param name="StartTs">First event time, included; not needed with <paramref name="DisableEventTimestamp"/>.</param>
/// <param name="EndTs">Last event time, included.</param>
/// <param name="FeatureViews">Null = all.</param>
/// <param name="DisableEventTimestamp">From 1970 until now.</param>
/// <param name="Version">Not Feast's versions of views: they are refused.</param>
public sealed record MaterializeRequest(string? StartTs, string? EndTs, List<string>? FeatureViews, bool? DisableEventTimestamp, string? Version);

/// <summary>Body of Feast's <c>POST /materialize-incremental</c>: from where the last materialization of each view ended.</summary>
public sealed record MaterializeIncrementalRequest(string? EndTs, List<string>? FeatureViews, string? Version);

/// <summary>Answer to <c>?async=true</c>: 202.</summary>
public sealed record MaterializeAccepted(string Status, IReadOnlyList<string> FeatureViews);

/// <summary>Answer when a view is being materialized already: 409.</summary>
public sealed record MaterializeConflict(string Error, IReadOnlyList<string> FeatureViews);
