using System.Globalization;
using System.Text;

namespace MlAspire.FeatureStore.Offline;

/// <summary>A file of the log: <c>00000000000000004711.log</c> began with the row of sequence 4,711, which a compaction may have taken out. Eight bytes <c>MLFLOG1</c> and a line feed, then frames.</summary>
/// <param name="First">Sequence of the row that it began with.</param>
internal sealed record LogSegment(string Path, long First)
{
    public static ReadOnlySpan<byte> Header => "MLFLOG1\n"u8;

    public static string NameOf(long first) => first.ToString("D20", CultureInfo.InvariantCulture) + ".log";

    /// <summary>The segments of a folder, oldest first.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static List<LogSegment> Of(string directory) =>
        [.. System.IO.Directory.EnumerateFiles(directory, "*.log")
            .Where(path => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(path => new LogSegment(path, long.Parse(System.IO.Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture)))
            .OrderBy(segment => segment.First)];

    /// <summary>Where its whole frames are, in order, and where the last one ends. What follows that was cut off by a crash, or is being written.</summary>
    /// <exception cref="InvalidDataException">Damage with whole frames behind it, which no crash leaves; names the file and the byte.</exception>
    public (List<(int Start, int Length)> Frames, int End) Scan(ReadOnlySpan<byte> bytes)
    {
        var frames = new List<(int, int)>();
        if (bytes.Length < Header.Length && Header.StartsWith(bytes))
        {
            return (frames, 0);
        }
        if (!bytes.StartsWith(Header))
        {
            throw new InvalidDataException($"{Path} is not a segment of a feature log: it does not begin with '{Encoding.ASCII.GetString(Header).TrimEnd()}'.");
        }
        var at = Header.Length;
        for (int length; (length = LogFrame.Measure(bytes[at..])) > 0; at += length)
        {
            frames.Add((at, length));
        }
        for (int next, from = at + 1; from < bytes.Length && (next = bytes[from..].IndexOf(LogFrame.Marker)) >= 0; from += next + 1)
        {
            if (LogFrame.Measure(bytes[(from + next)..]) > 0)
            {
                throw new InvalidDataException($"{Path} is damaged at byte {at}, and there are whole frames behind it from byte {from + next} on.");
            }
        }
        return (frames, at);
    }
}
