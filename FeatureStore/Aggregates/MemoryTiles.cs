using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>All tiles of all views in memory, with the bytes that Redis would hold: the store of the offline trainer. Owned by one thread.</summary>
internal sealed class MemoryTiles(FeatureRegistry registry)
{
    private readonly Dictionary<string, EntityTiles>[] views = [.. registry.Views.Select(_ => new Dictionary<string, EntityTiles>(StringComparer.Ordinal))];
    private readonly int[] bytesPerDay = [.. registry.Views.Select(view => view is AggregateView tiled ? new TileGrid(tiled.Tile).TilesPerDay * Tile.SizeBytes : 0)];

    public void Add(in TileIncrement increment)
    {
        var entities = views[increment.View];
        if (!entities.TryGetValue(increment.Entity, out var tiles)) { entities[increment.Entity] = tiles = new EntityTiles(bytesPerDay[increment.View]); }
        Tile.Add(tiles.DayToWrite(increment.Day), increment.Slot, increment.Add);
    }

    /// <summary>The days of one entity; empty ones when it has none.</summary>
    public EntityDays Days(int view, string entity) => new(views[view].GetValueOrDefault(entity));

    /// <summary>Drops the days before <paramref name="day"/>, as Redis does when a view's retention is over.</summary>
    public void Forget(int view, int day)
    {
        foreach (var tiles in views[view].Values) { tiles.Forget(day); }
    }

    /// <summary>Every stored day of a view.</summary>
    public IEnumerable<(string Entity, int Day, byte[] Bytes)> Stored(int view) => views[view].SelectMany(e => e.Value.Stored().Select(d => (e.Key, d.Day, d.Bytes)));

    /// <summary>The days of one entity in one view.</summary>
    internal readonly struct EntityDays(EntityTiles? tiles) : ITileDays
    {
        public ReadOnlySpan<byte> Day(int day) => tiles is null ? default : tiles.Day(day);
    }

    /// <summary>Days side by side from the first day written on.</summary>
    internal sealed class EntityTiles(int bytesPerDay)
    {
        private byte[]?[] days = [];
        private int firstDay;

        public ReadOnlySpan<byte> Day(int day)
        {
            var at = day - firstDay;
            return (uint)at < (uint)days.Length ? days[at] : default(ReadOnlySpan<byte>);
        }

        public Span<byte> DayToWrite(int day)
        {
            if (days.Length == 0) { firstDay = day; }
            if (day < firstDay)
            {
                days = [.. new byte[firstDay - day][], .. days];
                firstDay = day;
            }
            if (day - firstDay >= days.Length) { Array.Resize(ref days, Math.Max(day - firstDay + 1, days.Length * 2)); }
            return days[day - firstDay] ??= new byte[bytesPerDay];
        }

        public void Forget(int day) => Array.Clear(days, 0, Math.Clamp(day - firstDay, 0, days.Length));

        public IEnumerable<(int Day, byte[] Bytes)> Stored()
        {
            for (var i = 0; i < days.Length; i++)
            {
                if (days[i] is { } bytes) { yield return (firstDay + i, bytes); }
            }
        }
    }
}
