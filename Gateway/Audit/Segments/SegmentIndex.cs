namespace MlAspire.Gateway.Audit.Segments;

/// <summary>Where the records of one segment are in its file, and by which ids they are found. Not thread-safe.</summary>
internal sealed class SegmentIndex
{
    private readonly List<uint> ends = []; // of each record's line; a segment is smaller than 4 GiB

    public IdIndex Ids { get; } = new();

    public void Add(SegmentEntry entry, long end)
    {
        Ids.Add(entry.Id, ends.Count, entry.IsFailure);
        ends.Add((uint)end);
    }

    /// <summary>Where the line of the record at <paramref name="place"/> begins and ends.</summary>
    public (long Start, long End) LineOf(int place) => (place == 0 ? 0 : ends[place - 1], ends[place]);
}
