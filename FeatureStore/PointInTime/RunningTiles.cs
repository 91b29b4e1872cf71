using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The tiles of one entity in one view, written in the order of time, as running sums: those over a range are a difference. Only tiles with an event take memory.</summary>
/// <param name="first">The first tile that is written; the others are counted from it.</param>
/// <param name="retention">Tiles that are kept, counted back from the newest; older ones go when room is needed.</param>
/// <param name="ranges">How many ranges are asked for again and again, as time goes on.</param>
internal sealed class RunningTiles(long first, int retention, int ranges)
{
    private const int NoTile = int.MinValue;
    private const int Near = 4;

    // Where the ends of each range were when they were last asked for: mostly they still are, or a tile or two on.
    private readonly (int Start, int End)[] ends = new (int, int)[ranges];

    // The first place is what came before the first tile that is kept; it stands for no tile.
    private Running[] tiles = [new(NoTile, 0, 0, 0), default, default, default];
    private Running newest = new(NoTile, 0, 0, 0); // the last of them
    private Tile last; // what is in it alone
    private int count = 1;

    /// <summary>Adds to the newest tile, or to one after it.</summary>
    public void Add(long index, Tile increment)
    {
        var tile = (int)(index - first);
        if (newest.Tile != tile)
        {
            Append(tile);
            last = default;
        }
        var sum = last.Plus(increment);
        tiles[count - 1] = newest = new Running(tile, newest.Count + (uint)(sum.Count - last.Count), newest.Flagged + (uint)(sum.Flagged - last.Flagged), newest.Sum + sum.Sum - last.Sum);
        last = sum;
    }

    /// <summary>The sums over a range within the retention.</summary>
    /// <param name="asked">Which of the ranges it is, 0-based.</param>
    public TileSums Sums(in TilesOfDays range, int asked)
    {
        if (range.Tiles.IsEmpty)
        {
            return default;
        }
        ref var found = ref ends[asked];
        var (start, end) = (First(range.Tiles.Start, ref found.Start), First(range.Tiles.End, ref found.End));
        ref readonly var before = ref tiles[start - 1];
        ref readonly var upTo = ref (end == count ? ref newest : ref tiles[end - 1]);
        // Found goes by whole days, as Redis has them: the tiles beside the range may be on one of its days.
        var isFound = end > start || (start > 1 && first + before.Tile >= range.Days.Start) || (end < count && first + tiles[end].Tile < range.Days.End);
        return new TileSums(upTo.Count - before.Count, upTo.Flagged - before.Flagged, upTo.Sum - before.Sum, isFound, upTo.Count - before.Count >= ushort.MaxValue && HasFull(start, end));
    }

    private bool HasFull(int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (tiles[at].Count - tiles[at - 1].Count == ushort.MaxValue)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Position of the first tile at or after one; <see cref="count"/> when there is none.</summary>
    /// <param name="place">Where it was before; set to where it is.</param>
    private int First(long index, ref int place)
    {
        var tile = index - first;
        if (newest.Tile < tile)
        {
            return count;
        }
        var at = Math.Clamp(place, 1, count - 1);
        for (var steps = 0; tiles[at].Tile < tile; at++)
        {
            if (steps++ == Near)
            {
                return place = Search(tile, at, count - 1);
            }
        }
        for (var steps = 0; tiles[at - 1].Tile >= tile; at--)
        {
            if (steps++ == Near)
            {
                return place = Search(tile, 1, at - 1);
            }
        }
        return place = at;
    }

    /// <summary>Position of the first tile at or after one, within [low, high].</summary>
    private int Search(long tile, int low, int high)
    {
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (tiles[middle].Tile < tile)
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
        tiles[count++] = newest with { Tile = tile };
    }

    private void MakeRoom(long oldest)
    {
        var start = 0;
        var gone = First(oldest, ref start) - 1;
        if (gone < count / 2)
        {
            Array.Resize(ref tiles, count * 2);
            return;
        }
        tiles.AsSpan(gone, count - gone).CopyTo(tiles);
        tiles[0] = tiles[0] with { Tile = NoTile };
        count -= gone;
    }

    /// <summary>A tile with the sums up to its end.</summary>
    private readonly record struct Running(int Tile, uint Count, uint Flagged, long Sum);
}
