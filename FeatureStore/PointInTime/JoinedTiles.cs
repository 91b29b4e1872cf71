using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The tiles of one view, within its retention.</summary>
/// <param name="source">Position of the view's source.</param>
/// <param name="at">Where the view's bytes are in the source's events.</param>
/// <param name="parts">Features that read it, each for one combination of entity columns.</param>
internal sealed class JoinedTiles(AggregateView view, int source, int at, (ServiceViewAggregation Part, int Combination)[] parts) : IJoinedView
{
    private readonly TileGrid grid = new(view.Tile);
    private readonly int retentionDays = (int)Math.Ceiling(view.Retention.TotalDays) + 1;
    private readonly MaximaLayout? layout = MaximaLayout.Of(view);
    private readonly int ranges = 2 * parts.Sum(part => part.Part.FeatureCount); // at most, that are asked for of each row
    private RunningTiles?[] tiles = [];
    private MemoryTiles.EntityTiles?[] maxima = [];
    private int today;
    private int asked; // of these ranges, of the present row: they are asked for in the same order of each

    public void Walk(JoinStep step)
    {
        var events = step.Events(source);
        var rows = step.Rows;
        Span<AggregateValue> computed = stackalloc AggregateValue[view.Features.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            while (events.TryNext(row, out var ticks, out var encoded))
            {
                Apply(ticks, encoded[at..]);
            }
            asked = 0;
            foreach (var (part, combination) in parts)
            {
                part.Evaluate(rows.Moments[row], new Entity(this, step.Entities[combination][row]), computed);
                for (var i = 0; i < part.FeatureCount; i++)
                {
                    rows.Values[part.FirstFeature + i][row] = computed[i].Value;
                }
            }
        }
        while (events.TryNext(rows.Count, out var ticks, out var encoded))
        {
            Apply(ticks, encoded[at..]);
        }
    }

    private void Apply(long ticks, ReadOnlySpan<byte> encoded)
    {
        var entity = MemoryMarshal.Read<int>(encoded);
        var add = MemoryMarshal.Read<Tile>(encoded[sizeof(int)..]);
        var tile = grid.IndexOf(ticks / TimeSpan.TicksPerSecond - DateTimeOffset.UnixEpoch.Ticks / TimeSpan.TicksPerSecond); // each division rounds down, also before 1970
        (At(ref tiles, entity) ??= new RunningTiles(tile, retentionDays * grid.TilesPerDay, ranges)).Add(tile, add);
        if (layout is null)
        {
            return;
        }
        Forget(grid.DayOf(tile));
        var day = (At(ref maxima, entity) ??= new MemoryTiles.EntityTiles(layout.DayBytes)).DayToWrite(grid.DayOf(tile));
        layout.Write(day, grid.SlotOf(tile), add, MemoryMarshal.Read<TileMark>(encoded[(sizeof(int) + Unsafe.SizeOf<Tile>())..]));
    }

    /// <summary>Drops the maxima that are past the retention, as Redis does.</summary>
    private void Forget(int day)
    {
        if (day == today)
        {
            return;
        }
        today = day;
        foreach (var entity in maxima)
        {
            entity?.Forget(today - retentionDays);
        }
    }

    private static ref T At<T>(ref T[] items, int index)
    {
        if (index >= items.Length)
        {
            Array.Resize(ref items, Math.Max(index + 1, items.Length * 2));
        }
        return ref items[index];
    }

    private readonly struct Entity(JoinedTiles view, int number) : ITileSums
    {
        public TileSums Sums(TileGrid grid, TileRange range)
        {
            var asked = view.asked++;
            return number < view.tiles.Length && view.tiles[number] is { } known ? known.Sums(grid, range, asked) : default;
        }

        public ReadOnlySpan<byte> Maxima(int day) => number < view.maxima.Length && view.maxima[number] is { } known ? known.Day(day) : default;
    }
}
