using System.IO.Compression;

namespace MlAspire.Monitoring.Incidents;

/// <summary>The archive while it is made, with the facts that its summary needs. Not thread-safe.</summary>
internal sealed class IncidentArchive(ZipArchive zip, IncidentFacts facts)
{
    public IncidentFacts Facts => facts;

    public void Add(string path, ReadOnlySpan<byte> bytes)
    {
        using var entry = zip.CreateEntry(path, CompressionLevel.Fastest).Open();
        entry.Write(bytes);
    }

    /// <summary>One JSON object a line.</summary>
    public void Add(string path, IEnumerable<byte[]> lines)
    {
        using var entry = zip.CreateEntry(path, CompressionLevel.Fastest).Open();
        foreach (var line in lines)
        {
            entry.Write(line);
            entry.WriteByte((byte)'\n');
        }
    }
}
