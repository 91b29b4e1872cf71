using System.Text.Json;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>The seal of a segment that is never written again: an entry a record, and a summary. With it the start need not read the records, and the tree and its proofs stay whole when they are removed.</summary>
/// <remarks>Lines as the log's own (<see cref="AuditLine"/>), about 100 bytes a record: first a <see cref="SegmentEntry"/> each, last the <see cref="SealSummary"/>.</remarks>
internal static class Seal
{
    /// <summary>Reads a segment to its end and writes its seal.</summary>
    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    public static SealSummary Make(Segment segment)
    {
        using var lines = new MemoryStream();
        var summary = Read(segment, entry => AuditLine.Write(lines, entry.ToText()));
        AuditLine.Write(lines, JsonSerializer.SerializeToUtf8Bytes(summary, SegmentJson.Default.SealSummary));
        WholeFile.Write(segment.SealPath, lines.GetBuffer().AsSpan(0, (int)lines.Length));
        return summary;
    }

    /// <summary>Shows the entries of a seal.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static SealSummary Open(Segment segment, Action<SegmentEntry> visit)
    {
        byte[]? last = null;
        var frontier = new MerkleFrontier();
        using var file = new FileStream(segment.SealPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var end = AuditScan.Read(file, segment.First, (line, _) =>
        {
            if (last is not null)
            {
                var entry = SegmentEntry.Parse(last);
                frontier.Append(entry.Leaf);
                visit(entry);
            }

            last = line.ToArray();
        });
        return end == file.Length && last is not null && SummaryOf(last) is { } summary && summary.Segment == segment.First && summary.Records == frontier.Size
            && summary.Root == Convert.ToBase64String(frontier.Root())
            ? summary
            : throw new InvalidDataException($"{segment.SealPath} is damaged.");
    }

    /// <summary>Shows the entries of a segment that is not written any more, and says what its seal will.</summary>
    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    public static SealSummary Read(Segment segment, Action<SegmentEntry> visit)
    {
        var frontier = new MerkleFrontier();
        DateTimeOffset? from = null, to = null;
        using var file = new FileStream(segment.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var end = AuditScan.Read(file, segment.First, (record, _) =>
        {
            var entry = SegmentEntry.Of(record);
            frontier.Append(entry.Leaf);
            to = AuditRecord.TimestampOf(record) ?? to;
            from ??= to;
            visit(entry);
        });
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(segment.LogPath), TimeSpan.Zero);
        return end == file.Length
            ? new(segment.First, frontier.Size, end, Convert.ToBase64String(frontier.Root()), from ?? written, to ?? written)
            : throw new InvalidDataException($"{segment.LogPath} ends with a torn record, and the log goes on behind it.");
    }

    private static SealSummary? SummaryOf(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, SegmentJson.Default.SealSummary);
        }
        catch (JsonException)
        {
            return null; // cut off before its last line
        }
    }
}
