using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>The line of a seal that follows its entries.</summary>
/// <param name="Segment">Index of the segment's first record.</param>
/// <param name="Records">How many it holds.</param>
/// <param name="Bytes">Length of its file.</param>
/// <param name="Root">Root of the Merkle tree over its records alone, in base64.</param>
/// <param name="From">Timestamp of its first record.</param>
/// <param name="To">Timestamp of its last one.</param>
/// <param name="Entries">SHA-256 over the entries' texts, each with a line feed, in base64; null in a seal of before seals were signed.</param>
/// <param name="HighestKey">The highest slot of a subject's key that a record names, 0 when none does; null in a seal of before this was kept.</param>
internal sealed record SealSummary(long Segment, long Records, long Bytes, string Root, DateTimeOffset From, DateTimeOffset To, string? Entries = null, long? HighestKey = null)
{
    /// <summary>Whether the log signed the seal, and so what its entries say beside the hashes.</summary>
    [JsonIgnore]
    public bool IsSigned => Entries is not null;
}

/// <summary>The log's own statement, a record in it, that retention removes a segment. It is under a signed checkpoint before anything is deleted.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Removed">Which records.</param>
internal sealed record SegmentRemoved(int Schema, string Event, DateTimeOffset Timestamp, SealSummary Removed)
{
    public const string EventName = "segment_removed";

    private static readonly byte[] Mark = Encoding.UTF8.GetBytes($"\"event\":\"{EventName}\"");

    /// <summary>The statement as a record.</summary>
    public static byte[] Record(SealSummary removed, DateTimeOffset time) =>
        JsonSerializer.SerializeToUtf8Bytes(new(AuditRecord.Schema, EventName, time, removed), SegmentJson.Default.SegmentRemoved);

    /// <summary>The statement that a record is; null when it is something else.</summary>
    public static SegmentRemoved? Parse(ReadOnlySpan<byte> record)
    {
        try
        {
            return record[..Math.Min(record.Length, 64)].IndexOf(Mark) >= 0 ? JsonSerializer.Deserialize(record, SegmentJson.Default.SegmentRemoved) : null;
        }
        catch (JsonException)
        {
            return null; // a record is any line
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SealSummary))]
[JsonSerializable(typeof(SegmentRemoved))]
internal sealed partial class SegmentJson : JsonSerializerContext;
