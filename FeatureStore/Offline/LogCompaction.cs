using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Offline;

/// <summary>A sealed segment, compacted.</summary>
/// <param name="Bytes">Of its file before.</param>
/// <param name="Kept">And after.</param>
internal readonly record struct CompactedSegment(string Path, long Bytes, long Kept);

/// <summary>Takes pushes out of a log that nobody reads again: all of whose rows a producer had sent before. The newest segment stays as it is; of the others everything that stays keeps its bytes, and so its sequence.</summary>
/// <remarks>
/// A segment is replaced whole: a crash leaves the old one or the new one, and to whoever reads the log both say the same. May run while the log is written and read, one at a time;
/// run again, it does what is left.
/// </remarks>
internal static class LogCompaction
{
    /// <summary>Compacts one segment after the other, oldest first.</summary>
    /// <exception cref="IOException">The folder cannot be read or written, or is not a log.</exception>
    /// <exception cref="InvalidDataException">A segment is damaged; it stays as it is.</exception>
    public static IEnumerable<CompactedSegment> Run(string directory)
    {
        var log = LogReader.IdOf(directory);
        var counted = new CountedRows(int.MaxValue); // a gap of this log is not to be closed: rows of other logs may have filled it
        foreach (var segment in LogSegment.Of(directory).SkipLast(1))
        {
            var bytes = File.ReadAllBytes(segment.Path);
            var (frames, end) = segment.Scan(bytes);
            if (end != bytes.Length)
            {
                throw new InvalidDataException($"{segment.Path} is damaged at byte {end}.");
            }
            (int Start, int Length)[] kept = [.. frames.Where(frame => counted.Count(LogFrame.Decode(bytes, frame.Start, frame.Length, log)).Count > 0)];
            if (kept.Length < frames.Count)
            {
                Replace(segment.Path, Content(bytes, kept));
            }
            yield return new CompactedSegment(segment.Path, bytes.Length, LogSegment.Header.Length + kept.Sum(frame => (long)frame.Length));
        }
    }

    private static ReadOnlySpan<byte> Content(byte[] bytes, IEnumerable<(int Start, int Length)> kept)
    {
        var content = new MemoryStream(bytes.Length);
        content.Write(LogSegment.Header);
        foreach (var (start, length) in kept)
        {
            content.Write(bytes, start, length);
        }
        return content.GetBuffer().AsSpan(0, (int)content.Length);
    }

    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var appended = File.GetLastWriteTimeUtc(path);
        WholeFile.Write(path, content);
        File.SetLastWriteTimeUtc(path, appended); // the retention goes by it; lost in a crash, the segment stays longer
    }
}
