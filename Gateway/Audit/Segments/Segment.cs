using System.Globalization;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>A part of the log, from the record with the index in its name on: <c>audit-000000004711.log</c> has its records, <c>audit-000000004711.seal</c> what remains of them when they are removed.</summary>
internal sealed class Segment(string directory, long first)
{
    private const string Prefix = "audit-";
    private const string LogSuffix = ".log";
    private const string SealSuffix = ".seal";

    private volatile bool removed;
    private readonly string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{first:D12}");

    /// <summary>Index of its first record.</summary>
    public long First => first;

    public string LogPath => Path.Combine(directory, name + LogSuffix);

    public string SealPath => Path.Combine(directory, name + SealSuffix);

    /// <summary>What its seal says; null while it has none. Set once.</summary>
    public SealSummary? Seal { get; set; }

    /// <summary>Whether retention has taken its records away.</summary>
    public bool IsRemoved { get => removed; set => removed = value; }

    /// <summary>The segments of which a directory has a file, oldest first.</summary>
    public static IReadOnlyList<Segment> In(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, $"{Prefix}*").Select(FirstOf).OfType<long>().Distinct().Order()
            .Select(first => Find(directory, first)),
    ];

    private static Segment Find(string directory, long first)
    {
        var segment = new Segment(directory, first);
        segment.IsRemoved = !File.Exists(segment.LogPath);
        return segment;
    }

    private static long? FirstOf(string path) =>
        Path.GetExtension(path) is LogSuffix or SealSuffix
        && long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var first) ? first : null;
}
