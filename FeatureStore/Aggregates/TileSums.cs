using System.Buffers.Binary;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Sums over a range of tiles.</summary>
/// <param name="Found">Something is stored for at least one UTC day of the range.</param>
internal readonly record struct TileSums(long Count, long Flagged, long Sum, bool Found)
{
    /// <summary>The sums over <paramref name="range"/>; O(tiles), no allocation.</summary>
    public static TileSums Of<TDays>(TileGrid grid, TileRange range, in TDays days) where TDays : struct, ITileDays
    {
        var total = default(TileSums);
        if (range.IsEmpty) { return total; }
        var (firstDay, lastDay) = (grid.DayOf(range.Start), grid.DayOf(range.End - 1));
        for (var day = firstDay; day <= lastDay; day++)
        {
            var bytes = days.Day(day);
            if (bytes.IsEmpty) { continue; }
            var start = day == firstDay ? grid.SlotOf(range.Start) : 0;
            var end = day == lastDay ? grid.SlotOf(range.End - 1) + 1 : grid.TilesPerDay;
            total = total.Plus(bytes, start, end);
        }
        return total;
    }

    private TileSums Plus(ReadOnlySpan<byte> bytes, int startSlot, int endSlot)
    {
        var (count, flagged, sum) = (Count, Flagged, Sum);
        var end = Math.Min(endSlot * Tile.SizeBytes, bytes.Length - bytes.Length % Tile.SizeBytes);
        for (var at = startSlot * Tile.SizeBytes; at < end; at += Tile.SizeBytes)
        {
            var tile = Tile.Unpack(BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]));
            count += tile.Count;
            flagged += tile.Flagged;
            sum += tile.Sum;
        }
        return new TileSums(count, flagged, sum, Found: true);
    }
}
