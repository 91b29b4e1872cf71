using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>All tiles of all views in memory, with the bytes that Redis would hold: the store of the offline trainer. Owned by one thread.</summary>
internal sealed class MemoryTiles(FeatureRegistry registry)
{
    private readonly Dictionary<string, EntityTiles>[] views = [.. registry.Views.Select(_ => new Dictionary<string, EntityTiles>(StringComparer.Ordinal))];
    private readonly Dictionary<string, EntityTiles>[] maxima = [.. registry.Views.Select(_ => new Dictionary<string, EntityTiles>(StringComparer.Ordinal))];
    private readonly MaximaLayout?[] layouts = [.. registry.Views.Select(view => view is AggregateView tiled ? MaximaLayout.Of(tiled) : null)];
    private readonly int[] bytesPerDay = [.. registry.Views.Select(view => view is AggregateView tiled ? new TileGrid(tiled.Tile).TilesPerDay * Tile.SizeBytes : 0)];

    public void Add(in TileIncrement increment)
    {
        Tile.Add(Of(views[increment.View], increment.Entity, bytesPerDay[increment.View]).DayToWrite(increment.Day), increment.Slot, increment.Add);
        layouts[increment.View]?.Write(Of(maxima[increment.View], increment.Entity, layouts[increment.View]!.DayBytes).DayToWrite(increment.Day), increment.Slot, increment.Add, increment.Mark);
    }

    /// <summary>The days of one entity; empty ones when it has none.</summary>
    public EntityDays Days(int view, string entity) => new(views[view].GetValueOrDefault(entity), maxima[view].GetValueOrDefault(entity));

    /// <summary>Drops the days before <paramref name="day"/>, as Redis does when a view's retention is over.</summary>
    public void Forget(int view, int day)
    {
        foreach (var tiles in views[view].Values.Concat(maxima[view].Values))
        {
            tiles.Forget(day);
        }
    }

    /// <summary>Every stored day of a view.</summary>
    public IEnumerable<(string Entity, int Day, byte[] Bytes)> Stored(int view) => Stored(views[view]);

    /// <summary>Every stored day of a view's maxima.</summary>
    public IEnumerable<(string Entity, int Day, byte[] Bytes)> StoredMaxima(int view) => Stored(maxima[view]);

    private static IEnumerable<(string Entity, int Day, byte[] Bytes)> Stored(Dictionary<string, EntityTiles> entities) => entities.SelectMany(e => e.Value.Stored().Select(d => (e.Key, d.Day, d.Bytes)));

    private static EntityTiles Of(Dictionary<string, EntityTiles> entities, string entity, int dayBytes)
    {
        if (!entities.TryGetValue(entity, out var tiles))
        {
            entities[entity] = tiles = new EntityTiles(dayBytes);
        }
        return tiles;
    }

    /// <summary>The days of one entity in one view.</summary>
    internal readonly struct EntityDays(EntityTiles? tiles, EntityTiles? maxima) : ITileDays
    {
        public ReadOnlySpan<byte> Day(int day) => tiles is null ? default : tiles.Day(day);

        public TileSums Sums(TileGrid grid, TileRange range) => TileSums.Of(grid, range, this);

        public ReadOnlySpan<byte> Maxima(int day) => maxima is null ? default : maxima.Day(day);
    }

    /// <summary>The days side by side from the first one on, in one array: a window over several days is read without a jump. A day begins with 8 bytes, the first 1 when something was written to it.</summary>
    internal sealed class EntityTiles(int bytesPerDay)
    {
        private const int HeadBytes = 8;
        private readonly int blockBytes = HeadBytes + bytesPerDay;
        private byte[] blocks = [];
        private int firstDay;

        public ReadOnlySpan<byte> Day(int day)
        {
            var at = (long)(day - firstDay) * blockBytes;
            return at >= 0 && at < blocks.Length && blocks[at] != 0 ? blocks.AsSpan((int)at + HeadBytes, bytesPerDay) : default;
        }

        public Span<byte> DayToWrite(int day)
        {
            if (blocks.Length == 0)
            {
                firstDay = day;
            }
            if (day < firstDay)
            {
                blocks = [.. new byte[(firstDay - day) * blockBytes], .. blocks];
                firstDay = day;
            }
            var at = (day - firstDay) * blockBytes;
            if (at >= blocks.Length)
            {
                Array.Resize(ref blocks, Math.Max(at + blockBytes, blocks.Length * 2));
            }
            blocks[at] = 1;
            return blocks.AsSpan(at + HeadBytes, bytesPerDay);
        }

        public void Forget(int day)
        {
            var gone = (int)Math.Clamp((long)(day - firstDay) * blockBytes, 0, blocks.Length);
            if (gone == 0)
            {
                return;
            }
            blocks.AsSpan(gone).CopyTo(blocks);
            blocks.AsSpan(blocks.Length - gone).Clear();
            firstDay = day;
        }

        public IEnumerable<(int Day, byte[] Bytes)> Stored()
        {
            for (var day = firstDay; day < firstDay + blocks.Length / blockBytes; day++)
            {
                if (!Day(day).IsEmpty)
                {
                    yield return (day, Day(day).ToArray());
                }
            }
        }
    }
}
