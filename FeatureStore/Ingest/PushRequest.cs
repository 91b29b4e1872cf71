using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Body of <c>POST /push</c>, Feast's shape with our <paramref name="Producer"/> and <paramref name="Offset"/>.</summary>
/// <param name="Df">Column by name, all of equal length: the source's event time and every field.</param>
/// <param name="To">"online", also when absent.</param>
/// <param name="Producer">1 to 128 of letters, digits, <c>. _ -</c>; together with <paramref name="Offset"/> it makes the push exactly once.</param>
/// <param name="Offset">Offset of the first row, from 0; row i has this plus i.</param>
/// <param name="OnError">"quarantine" = rows with wrong values are set aside, and the others taken; null = nothing is taken when anything is wrong.</param>
public sealed record PushRequest(string? PushSourceName, Dictionary<string, JsonElement>? Df, string? To, string? Producer, long? Offset, string? OnError = null)
{
    /// <summary>A request with a producer, an offset or a wish for wrong rows is ours, and is answered with <see cref="PushResponse"/> or problem+json; any other is Feast's.</summary>
    [JsonIgnore]
    public bool IsOurs => Producer is not null || Offset is not null || OnError is not null;
}

/// <summary>Answer of <c>POST /push</c>.</summary>
/// <param name="Accepted">Rows that were counted by this push.</param>
/// <param name="Skipped">Rows whose offsets an earlier push had counted.</param>
public sealed record PushResponse(int Accepted, int Skipped)
{
    /// <summary>Rows that were set aside; not in the JSON when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Quarantined { get; init; }

    /// <summary>Rows of events that were counted before under another offset, by the source's event id; not in the JSON when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Repeated { get; init; }
}

/// <summary>Answer of <c>GET /v1/producers/{producer}</c>.</summary>
/// <param name="NextOffset">Offset of the first row that is not counted, after the first that is; 0 for a producer that never pushed.</param>
public sealed record ProducerResponse(string Producer, long NextOffset);
