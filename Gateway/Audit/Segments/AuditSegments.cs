using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>The log's files: the newest segment, which is appended to, and those before it, which are never written again.</summary>
/// <remarks>One writer; reads from any thread. The start reads the seals, and the records only of segments that have none: the newest, and what was not sealed yet when the last process ended.</remarks>
internal sealed class AuditSegments : IDisposable
{
    private const string LockName = "audit.lock";

    private readonly AuditOptions options;
    private readonly TimeProvider time;

    // Held as long as the log is open. Not the log itself: that may be read by others meanwhile.
    private readonly FileStream ownership;
    private volatile ImmutableList<Segment> segments = [];
    private SegmentFile? newest;
    private DateTimeOffset? begun; // the newest segment's first record; null while it has none
    private readonly MemoryStream lines = new(); // of the group that is written; kept for the next one

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    public AuditSegments(AuditOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        Directory.CreateDirectory(options.Directory);
        ownership = Own(options.Directory);
    }

    /// <summary>Held by who may write the files of a log, until it is disposed.</summary>
    /// <exception cref="IOException">Another process has the log open.</exception>
    public static FileStream Own(string directory) => new(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<Segment> All => segments;

    /// <summary>Those that are never written again.</summary>
    public IEnumerable<Segment> Ended => segments.Take(segments.Count - 1);

    /// <inheritdoc cref="AuditLog.HighestKey"/>
    public long HighestKey { get; private set; }

    /// <summary>Index of the oldest record that was not removed, with all that follow it.</summary>
    public long FirstKept => segments.First(segment => !segment.IsRemoved).First;

    /// <summary>Shows every record's segment, its entry, and where its line ends in its file. What a crash left behind the last one is cut off before the next one is written.</summary>
    /// <param name="signature">Of the seals. A segment whose seal is of before they were signed is read instead, to be sealed again; what is left of a removed one is taken as it is.</param>
    /// <param name="visit">Called in order.</param>
    /// <returns>Bytes that are cut off.</returns>
    /// <exception cref="InvalidDataException">A record or a seal is damaged, a seal is not the log's, or a segment is missing.</exception>
    public long Recover(SealSignature signature, Action<Segment, SegmentEntry, long> visit)
    {
        var (next, torn) = (0L, 0L);
        var found = Segment.In(options.Directory);
        foreach (var segment in found)
        {
            if (segment.First != next)
            {
                throw new InvalidDataException($"The audit log has no segment with the records from {next} to {segment.First - 1}.");
            }

            segments = segments.Add(segment);
            var end = 0L;
            void Visit(SegmentEntry entry)
            {
                visit(segment, entry, end += entry.LineBytes);
                next++;
            }

            if (segment.IsRemoved || File.Exists(segment.SealPath))
            {
                Name(OpenSealed(segment, signature, Visit).HighestKey ?? 0);
            }
            else if (segment != found[^1])
            {
                Name(Seal.Read(segment, (entry, _) => Visit(entry)).HighestKey ?? 0);
            }
            else
            {
                torn = OpenNewest(segment, Visit);
            }
        }

        if (newest is null)
        {
            Begin(next);
        }

        return torn;
    }

    /// <summary>Writes records as one group and forces it to disk, in a new segment when the newest is large or old enough, or a write to it failed.</summary>
    /// <param name="records">At least one.</param>
    /// <param name="next">Index of the first one.</param>
    /// <returns>Where each line ends in its file.</returns>
    /// <exception cref="IOException">They are not in the log.</exception>
    public IReadOnlyList<long> Write(IReadOnlyList<byte[]> records, long next)
    {
        var now = time.GetUtcNow();
        if (newest!.IsTorn)
        {
            newest.CutBack();
        }

        if (newest.IsTorn || newest.End >= options.SegmentBytes || now - begun >= options.SegmentAge)
        {
            Begin(next);
        }

        lines.SetLength(0);
        var ends = AuditLine.WriteGroup(lines, records, newest.End);
        newest.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
        begun ??= now;
        return ends;
    }

    /// <summary>The segment that the record at <paramref name="index"/> is, or was, in.</summary>
    public Segment Of(long index)
    {
        var all = segments;
        var (low, high) = (0, all.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = all[middle].First <= index ? (middle, high) : (low, middle - 1);
        }

        return all[low];
    }

    /// <summary>The record in a segment whose line begins at <paramref name="start"/> and ends at <paramref name="end"/>; null when the segment was removed.</summary>
    /// <exception cref="InvalidDataException">It is damaged on disk.</exception>
    public static byte[]? Read(Segment segment, long start, long end)
    {
        if (segment.IsRemoved)
        {
            return null;
        }

        try
        {
            using var file = File.OpenHandle(segment.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(file, start, end);
        }
        catch (FileNotFoundException) when (segment.IsRemoved)
        {
            return null; // just now
        }
    }

    /// <summary>The leaf hashes of the records <c>[start, end)</c>, by the seals of their segments. Costs a read of each whole seal.</summary>
    /// <exception cref="InvalidDataException">A seal is damaged, is not the log's, or is not there: the records were not removed.</exception>
    public IEnumerable<byte[]> SealedLeaves(SealSignature signature, long start, long end)
    {
        for (var next = start; next < end;)
        {
            var segment = Of(next);
            var entries = Seal.Open(segment, signature).Entries;
            foreach (var entry in entries.Skip((int)(next - segment.First)).Take((int)(end - next)))
            {
                yield return entry.Leaf;
            }

            next = segment.First + entries.Count;
        }
    }

    public void Dispose()
    {
        newest?.Dispose();
        ownership.Dispose();
    }

    private static byte[] Read(SafeFileHandle file, long start, long end)
    {
        var line = new byte[end - start - 1];
        for (int filled = 0, read; filled < line.Length; filled += read)
        {
            read = RandomAccess.Read(file, line.AsSpan(filled), start + filled);
            if (read == 0)
            {
                throw new InvalidDataException("The audit log is shorter than its records.");
            }
        }

        return AuditLine.TryRead(line, out var record, out _, out _) ? record.ToArray() : throw new InvalidDataException("The audit record is damaged on disk.");
    }

    private void Name(long key) => HighestKey = Math.Max(HighestKey, key);

    private static SealSummary OpenSealed(Segment segment, SealSignature signature, Action<SegmentEntry> visit)
    {
        var (summary, entries) = Seal.Open(segment, signature);
        if (!summary.IsSigned && !segment.IsRemoved)
        {
            return Seal.Read(segment, (entry, _) => visit(entry));
        }

        segment.Seal = summary;
        if (!segment.IsRemoved && new FileInfo(segment.LogPath).Length != summary.Bytes)
        {
            throw new InvalidDataException($"{segment.LogPath} is not as long as it was when it was sealed.");
        }

        foreach (var entry in entries)
        {
            visit(entry);
        }

        return summary;
    }

    private long OpenNewest(Segment segment, Action<SegmentEntry> visit)
    {
        newest = new(segment);
        return newest.Recover((record, _) =>
        {
            begun ??= AuditRecord.TimestampOf(record) ?? time.GetUtcNow();
            Name(PersonalData.SlotOf(record));
            visit(SegmentEntry.Of(record));
        });
    }

    private void Begin(long next)
    {
        var segment = new Segment(options.Directory, next);
        var file = new SegmentFile(segment);
        try
        {
            DiskFlush.Directory(options.Directory);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        newest?.Dispose();
        (newest, begun) = (file, null);
        segments = segments.RemoveAll(empty => empty.First == next).Add(segment);
    }
}
