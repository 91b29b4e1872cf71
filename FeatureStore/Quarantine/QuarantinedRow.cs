using System.Text.Json;

namespace MlAspire.FeatureStore.Quarantine;

/// <summary>A row that a push set aside.</summary>
/// <param name="Producer">Null = the push had none, as <paramref name="Offset"/>.</param>
/// <param name="Reason">The first thing that is wrong, with its field.</param>
/// <param name="Row">As it was sent, by column; null when that is more than 4,096 characters, or no text.</param>
public sealed record QuarantinedRow(string PushSource, string? Producer, long? Offset, string Reason, DateTimeOffset QuarantinedAt, Dictionary<string, JsonElement>? Row);

/// <summary>Answer of <c>GET /v1/quarantine</c>.</summary>
/// <param name="Count">Rows there are.</param>
/// <param name="Rows">The oldest of them.</param>
public sealed record QuarantineResponse(long Count, IReadOnlyList<QuarantinedRow> Rows);

/// <summary>A row in the quarantine.</summary>
/// <param name="Name">Its producer and offset, or without them a hash of its source and values: a repetition changes nothing.</param>
/// <param name="Json">A <see cref="QuarantinedRow"/>.</param>
internal sealed record QuarantineEntry(string Name, string Json);
