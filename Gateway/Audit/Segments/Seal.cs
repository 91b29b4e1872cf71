using System.Text.Json;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>What a seal says.</summary>
/// <param name="Summary">Of the segment.</param>
/// <param name="Entries">Of its records, in order.</param>
internal sealed record OpenedSeal(SealSummary Summary, IReadOnlyList<SegmentEntry> Entries);

/// <summary>The seal of a segment that is never written again: an entry a record, and a summary. With it the start need not read the records, and the tree and its proofs stay whole when they are removed.</summary>
/// <remarks>
/// Lines as the log's own (<see cref="AuditLine"/>), about 100 bytes a record: first a <see cref="SegmentEntry"/> each, then the <see cref="SealSummary"/>, last the <see cref="SealSignature"/> over it.
/// A seal of before seals were signed has neither the last line nor the summary's hash over the entries.
/// </remarks>
internal static class Seal
{
    /// <summary>Reads a segment to its end and writes its seal.</summary>
    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    public static SealSummary Make(Segment segment, SealSignature signature)
    {
        using var lines = new MemoryStream();
        var summary = Read(segment, (_, text) => AuditLine.Write(lines, text));
        var text = JsonSerializer.SerializeToUtf8Bytes(summary, SegmentJson.Default.SealSummary);
        AuditLine.Write(lines, text);
        AuditLine.Write(lines, signature.Of(text));
        WholeFile.Write(segment.SealPath, lines.GetBuffer().AsSpan(0, (int)lines.Length));
        return summary;
    }

    /// <summary>Reads a seal whole, some 150 bytes of memory a record, so that nobody sees an entry of one that is not the log's.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or the log did not sign it; one of before seals were signed has <see cref="SealSummary.Entries"/> null.</exception>
    public static OpenedSeal Open(Segment segment, SealSignature signature)
    {
        List<byte[]> tail = []; // what may be the summary and the signature
        List<SegmentEntry> entries = [];
        using var content = new SealEntries();
        void Take(byte[] line)
        {
            entries.Add(SegmentEntry.Parse(line));
            content.Add(entries[^1]);
        }

        using var file = new FileStream(segment.SealPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var end = AuditScan.Read(file, segment.First, (line, _) =>
        {
            tail.Add(line.ToArray());
            if (tail.Count > 2)
            {
                Take(tail[0]);
                tail.RemoveAt(0);
            }
        });
        var signed = tail is [_, var last] && SealSignature.Is(last) ? last : null;
        if (tail is [var entry, _] && signed is null)
        {
            Take(entry);
        }

        var text = tail.Count == 0 ? [] : signed is null ? tail[^1] : tail[0];
        return end == file.Length && SummaryOf(text) is { } summary && IsOf(summary, segment, content) && (summary.Entries is null ? signed is null : signed is not null && signature.IsOf(signed, text))
            ? new(summary, entries)
            : throw new InvalidDataException($"{segment.SealPath} is damaged, or was not signed by the log.");
    }

    /// <summary>Signs a seal again by another key, unless that is done. A seal of before seals were signed stays as it is.</summary>
    /// <exception cref="InvalidDataException">It is signed by neither key, or damaged.</exception>
    public static void SignAgain(Segment segment, SealSignature old, SealSignature made)
    {
        List<byte[]> texts = [];
        using (var file = File.OpenRead(segment.SealPath))
        {
            AuditScan.Read(file, segment.First, (line, _) => texts.Add(line.ToArray()));
        }

        if (texts is not [.., var summary, var signature] || !SealSignature.Is(signature) || made.IsOf(signature, summary))
        {
            return;
        }

        if (!old.IsOf(signature, summary))
        {
            throw new InvalidDataException($"{segment.SealPath} was signed by neither key.");
        }

        using var lines = new MemoryStream();
        texts[^1] = made.Of(summary);
        texts.ForEach(text => AuditLine.Write(lines, text));
        WholeFile.Write(segment.SealPath, lines.GetBuffer().AsSpan(0, (int)lines.Length));
    }

    /// <summary>Shows the entries of a segment that is not written any more, each with its text, and says what its seal will.</summary>
    /// <exception cref="InvalidDataException">A record is damaged.</exception>
    public static SealSummary Read(Segment segment, Action<SegmentEntry, byte[]> visit)
    {
        using var content = new SealEntries();
        DateTimeOffset? from = null, to = null;
        var highestKey = 0L;
        using var file = new FileStream(segment.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var end = AuditScan.Read(file, segment.First, (record, _) =>
        {
            var entry = SegmentEntry.Of(record);
            to = AuditRecord.TimestampOf(record) ?? to;
            from ??= to;
            highestKey = Math.Max(highestKey, PersonalData.SlotOf(record));
            visit(entry, content.Add(entry));
        });
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(segment.LogPath), TimeSpan.Zero);
        return end == file.Length
            ? new(segment.First, content.Count, end, content.Root, from ?? written, to ?? written, content.Hash, highestKey)
            : throw new InvalidDataException($"{segment.LogPath} ends with a torn record, and the log goes on behind it.");
    }

    private static bool IsOf(SealSummary summary, Segment segment, SealEntries content) =>
        summary.Segment == segment.First && summary.Records == content.Count && summary.Root == content.Root && (summary.Entries is null || summary.Entries == content.Hash);

    private static SealSummary? SummaryOf(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, SegmentJson.Default.SealSummary);
        }
        catch (JsonException)
        {
            return null; // cut off before it
        }
    }
}
