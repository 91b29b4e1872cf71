using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>Sums over a range of tiles.</summary>
/// <param name="Found">Something is stored for at least one UTC day of the range.</param>
/// <param name="Full">A tile of the range counts as many events as it can: there may have been more, and the sums are not those of the events.</param>
internal readonly record struct TileSums(long Count, long Flagged, long Sum, bool Found, bool Full)
{
    private static readonly Vector256<byte> LittleEndian = Vector256.Create((byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 23, 22, 21, 20, 19, 18, 17, 16, 31, 30, 29, 28, 27, 26, 25, 24);

    /// <summary>The sums over <paramref name="range"/>; O(tiles), no allocation.</summary>
    public static TileSums Of<TDays>(TileGrid grid, TileRange range, in TDays days) where TDays : struct, ITileDays
    {
        var total = default(TileSums);
        if (range.IsEmpty)
        {
            return total;
        }
        var (firstDay, lastDay) = (grid.DayOf(range.Start), grid.DayOf(range.End - 1));
        for (var day = firstDay; day <= lastDay; day++)
        {
            var bytes = days.Day(day);
            if (bytes.IsEmpty)
            {
                continue;
            }
            var start = day == firstDay ? grid.SlotOf(range.Start) : 0;
            var end = day == lastDay ? grid.SlotOf(range.End - 1) + 1 : grid.TilesPerDay;
            total = total.Plus(bytes, start, end);
        }
        return total;
    }

    private TileSums Plus(ReadOnlySpan<byte> bytes, int startSlot, int endSlot)
    {
        var end = Math.Min(endSlot, bytes.Length / Tile.SizeBytes);
        if (end <= startSlot)
        {
            return this with { Found = true };
        }
        var tiles = MemoryMarshal.Cast<byte, ulong>(bytes[(startSlot * Tile.SizeBytes)..(end * Tile.SizeBytes)]);
        var four = Four(tiles);
        var (count, flagged, sum) = (Count + four.Count, Flagged + four.Flagged, Sum + four.Sum);
        foreach (var bits in tiles[(tiles.Length / Vector256<ulong>.Count * Vector256<ulong>.Count)..])
        {
            var tile = Tile.Unpack(BinaryPrimitives.ReverseEndianness(bits));
            count += tile.Count;
            flagged += tile.Flagged;
            sum += tile.Sum;
        }
        // A tile that is full makes the sum so large; only then are they looked at.
        return new TileSums(count, flagged, sum, Found: true, Full || (count - Count >= ushort.MaxValue && HasFull(tiles)));
    }

    private static bool HasFull(ReadOnlySpan<ulong> tiles)
    {
        foreach (var bits in tiles)
        {
            if (Tile.Unpack(BinaryPrimitives.ReverseEndianness(bits)).Count == ushort.MaxValue)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The sums over the tiles that fill vectors, four at a time. A sum's sign is taken off by adding 2^31, so that it can be added as a number without one.</summary>
    private static (long Count, long Flagged, long Sum) Four(ReadOnlySpan<ulong> tiles)
    {
        var (count, flagged, sum) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        var vectors = MemoryMarshal.Cast<ulong, Vector256<byte>>(tiles);
        foreach (var bytes in vectors)
        {
            var four = Vector256.Shuffle(bytes, LittleEndian).AsUInt64();
            count += four >>> 48;
            flagged += (four >>> 32) & Vector256.Create(0xFFFFUL);
            sum += (four & Vector256.Create(0xFFFF_FFFFUL)) ^ Vector256.Create(0x8000_0000UL);
        }
        return ((long)Vector256.Sum(count), (long)Vector256.Sum(flagged), (long)Vector256.Sum(sum) - (long)vectors.Length * Vector256<ulong>.Count * (1L << 31));
    }
}
