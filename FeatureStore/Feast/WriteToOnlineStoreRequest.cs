using System.Text.Json;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Body of Feast's <c>POST /write-to-online-store</c>. What else Feast's clients send has no meaning here: the registry is one snapshot, and nothing is transformed on write.</summary>
/// <param name="Df">Column by name: the view's join keys and features, <c>event_timestamp</c>, and perhaps <c>created</c>.</param>
public sealed record WriteToOnlineStoreRequest(string? FeatureViewName, Dictionary<string, JsonElement>? Df);
