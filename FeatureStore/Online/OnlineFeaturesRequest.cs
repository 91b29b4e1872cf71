using System.Text.Json.Serialization;

namespace MlAspire.FeatureStore.Online;

/// <summary>Body of <c>POST /v1/features/online</c>, JSON or <see cref="OnlineFeaturesColumns"/>. Columns of equal length = rows.</summary>
/// <param name="Entities">Column by name; every value a string, or a whole number where the join key is one.</param>
/// <param name="EventTimes">Moment of each row; null = now for every row.</param>
/// <param name="Version">Of the feature service; null = its newest.</param>
/// <param name="Request">Column by name: what transforms of the feature service take with the request; every value a number, true, false or null.</param>
public sealed record OnlineFeaturesRequest(string? FeatureService, Dictionary<string, RequestColumn>? Entities, RequestColumn? EventTimes, int? Version = null, Dictionary<string, RequestColumn>? Request = null);

/// <summary>Answer of <c>POST /v1/features/online</c>.</summary>
/// <param name="Features">In the order of the feature service.</param>
[JsonConverter(typeof(OnlineFeaturesConverter))]
public sealed record OnlineFeaturesResponse(string FeatureService, int Version, IReadOnlyList<OnlineFeature> Features);

/// <summary>One feature of every row; all arrays have the shape [rows].</summary>
/// <param name="Values">An array of the feature's type; what stands where the status is not PRESENT, STALE or DEFAULT means nothing, and is null in JSON.</param>
/// <param name="AgesMicroseconds">Microseconds from the event behind the value (for aggregates from the end of the newest tile with an event) to the row's moment, at least 0; -1 where there is none. In JSON whole seconds, or null.</param>
public sealed record OnlineFeature(string Name, Array Values, FieldStatus[] Statuses, long[] AgesMicroseconds);
