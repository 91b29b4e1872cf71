using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The tiles of one entity in one view, written in the order of time, as running sums: those over a range are a difference. Only tiles with an event take memory.</summary>
/// <param name="first">The first tile that is written; the others are counted from it.</param>
/// <param name="retention">Tiles that are kept, counted back from the newest; older ones go when room is needed.</param>
internal sealed class RunningTiles(long first, int retention)
{
    // The first place is what came before the first tile that is kept.
    private int[] tiles = new int[4];
    private Totals[] totals = new Totals[4];
    private int count = 1;

    /// <summary>Adds to the newest tile, or to one after it.</summary>
    public void Add(long index, Tile increment)
    {
        var tile = (int)(index - first);
        if (count == 1 || tiles[count - 1] != tile)
        {
            Append(tile);
        }
        var (before, now) = (totals[count - 2], totals[count - 1]);
        var stored = new Tile((ushort)(now.Count - before.Count), (ushort)(now.Flagged - before.Flagged), (int)(now.Sum - before.Sum)).Plus(increment);
        totals[count - 1] = new Totals(before.Count + stored.Count, before.Flagged + stored.Flagged, before.Sum + stored.Sum);
    }

    /// <summary>The sums over a range within the retention.</summary>
    public TileSums Sums(TileGrid grid, TileRange range)
    {
        if (range.IsEmpty)
        {
            return default;
        }
        var (start, end) = (First(range.Start), First(range.End));
        var (before, upTo) = (totals[start - 1], totals[end - 1]);
        // Found goes by whole days, as Redis has them: the tiles beside the range may be on one of its days.
        var found = end > start || (start > 1 && first + tiles[start - 1] >= (long)grid.DayOf(range.Start) * grid.TilesPerDay) || (end < count && first + tiles[end] < (grid.DayOf(range.End - 1) + 1L) * grid.TilesPerDay);
        return new TileSums(upTo.Count - before.Count, upTo.Flagged - before.Flagged, upTo.Sum - before.Sum, found, upTo.Count - before.Count >= ushort.MaxValue && HasFull(start, end));
    }

    private bool HasFull(int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (totals[at].Count - totals[at - 1].Count == ushort.MaxValue)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Position of the first tile at or after one; <see cref="count"/> when there is none.</summary>
    private int First(long index)
    {
        var tile = index - first;
        if (tiles[count - 1] < tile)
        {
            return count;
        }
        var (low, high) = (1, count - 1);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (tiles[middle] < tile)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    private void Append(int tile)
    {
        if (count == tiles.Length)
        {
            MakeRoom(first + tile - retention);
        }
        (tiles[count], totals[count]) = (tile, totals[count - 1]);
        count++;
    }

    private void MakeRoom(long oldest)
    {
        var gone = First(oldest) - 1;
        if (gone < count / 2)
        {
            Array.Resize(ref tiles, count * 2);
            Array.Resize(ref totals, count * 2);
            return;
        }
        tiles.AsSpan(gone, count - gone).CopyTo(tiles);
        totals.AsSpan(gone, count - gone).CopyTo(totals);
        count -= gone;
    }

    private readonly record struct Totals(uint Count, uint Flagged, long Sum);
}
