using MlAspire.Gateway.Audit.Segments;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>An audit log as its files have it.</summary>
internal static class WrittenAudit
{
    /// <summary>The file of a log's first segment.</summary>
    public static string FirstSegment(string directory) => new Segment(directory, first: 0).LogPath;

    /// <summary>The records of all segments: their lines without the CRC before them.</summary>
    public static string[] Records(string directory) => [.. Segment.In(directory).Where(segment => !segment.IsRemoved).SelectMany(segment => Lines(segment.LogPath)).Select(line => line[9..])];

    private static string[] Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
