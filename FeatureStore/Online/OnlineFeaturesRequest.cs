using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>Body of <c>POST /v1/features/online</c>. Columns of equal length = rows.</summary>
/// <param name="Entities">Column by name; every value a string.</param>
/// <param name="EventTimes">Moment of each row; null = now for every row.</param>
public sealed record OnlineFeaturesRequest(string? FeatureService, Dictionary<string, JsonElement>? Entities, JsonElement? EventTimes);

/// <summary>Answer of <c>POST /v1/features/online</c>.</summary>
/// <param name="Features">In the order of the feature service.</param>
public sealed record OnlineFeaturesResponse(string FeatureService, int Version, IReadOnlyList<OnlineFeature> Features);

/// <summary>One feature of every row; all arrays have the shape [rows].</summary>
/// <param name="Values">Null where the status is NULL or NOT_FOUND.</param>
/// <param name="Statuses">PRESENT, STALE, NULL or NOT_FOUND.</param>
/// <param name="AgesSeconds">Seconds from the end of the newest tile with an event to the row's moment, at least 0; null where no event was found.</param>
public sealed record OnlineFeature(string Name, double?[] Values, string[] Statuses, long?[] AgesSeconds);
