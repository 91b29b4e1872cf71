using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The tiles of one view, within its retention.</summary>
/// <param name="source">Position of the view's source.</param>
/// <param name="at">Where the view's bytes are in the source's events.</param>
/// <param name="asked">Features that read it, each for one combination of entity columns.</param>
internal sealed class JoinedTiles(AggregateView view, int source, int at, (ServiceViewAggregation Part, int Combination)[] asked) : IJoinedView
{
    private readonly TileGrid grid = new(view.Tile);
    private readonly int retentionDays = (int)Math.Ceiling(view.Retention.TotalDays) + 1;
    private readonly MaximaLayout? layout = MaximaLayout.Of(view);
    private readonly JoinedPart[] parts = [.. asked.Select((part, index) => new JoinedPart(part.Part, part.Combination, asked[..index].Sum(Ranges)))];
    private readonly int ranges = asked.Sum(Ranges);
    private RunningTiles?[] tiles = [];
    private MemoryTiles.EntityTiles?[] maxima = [];
    private int today;

    public void Walk(JoinStep step)
    {
        var events = step.Events(source);
        var rows = step.Rows;
        for (var row = 0; row < rows.Count; row++)
        {
            while (events.TryNext(row, out var ticks, out var encoded))
            {
                Apply(ticks, encoded[at..]);
            }
            foreach (var part in parts)
            {
                var entity = part.Entities(step)[row];
                part.Evaluate(rows, row, entity < tiles.Length ? tiles[entity] : null, new Maxima(entity < maxima.Length ? maxima[entity] : null));
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

    /// <summary>How many ranges a part asks for of each entity: two a feature, of the sums.</summary>
    private static int Ranges((ServiceViewAggregation Part, int Combination) part) => 2 * part.Part.FeatureCount;

    private static ref T At<T>(ref T[] items, int index)
    {
        if (index >= items.Length)
        {
            Array.Resize(ref items, Math.Max(index + 1, items.Length * 2));
        }
        return ref items[index];
    }
}
