using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store holds at one moment: the tiles, and the newest row of each entity by its rule, greater bytes are newer. Entities are numbers here.</summary>
internal sealed class JoinState
{
    private readonly Dictionary<string, int> entities = new(StringComparer.Ordinal);
    private readonly ViewState[] views;

    public JoinState(FeatureRegistry registry) => views = [.. registry.Views.Select(view => new ViewState(view))];

    /// <summary>The number of an entity, by its <see cref="EntityKey"/>.</summary>
    public int Entity(string key)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(entities, key, out var known);
        if (!known) { number = entities.Count - 1; }
        return number;
    }

    public void Add(in TileChange change) => Tile.Add(views[change.View].Tiles(change.Entity).DayToWrite(change.Day), change.Slot, change.Add);

    /// <summary>The view has maxima beside its tiles.</summary>
    public bool HasMaxima(int view) => views[view].MaximaLayout is not null;

    public void AddMaxima(in TileChange change, TileMark mark) =>
        views[change.View].MaximaLayout!.Write(views[change.View].Maxima(change.Entity).DayToWrite(change.Day), change.Slot, change.Add, mark);

    /// <param name="packed">The bytes of <see cref="RowLayout"/>.</param>
    public void Add(int view, int entity, ReadOnlySpan<byte> packed)
    {
        ref var newest = ref views[view].Row(entity);
        if (packed.SequenceCompareTo(newest) > 0) { newest = packed.ToArray(); }
    }

    /// <summary>Writes the features of one view for one entity, as the online store would compute them; NaN where it would answer none.</summary>
    /// <param name="values">Shape [features of the service].</param>
    public void Evaluate(ServiceViewAggregation part, int entity, DateTimeOffset moment, Span<double> values)
    {
        Span<AggregateValue> computed = stackalloc AggregateValue[part.FeatureCount];
        part.Evaluate(moment, views[part.ViewIndex].Days(entity), computed);
        for (var i = 0; i < computed.Length; i++) { values[part.FirstFeature + i] = computed[i].Value; }
    }

    /// <summary>The same for a row view.</summary>
    public void Evaluate(ServiceRow part, int entity, DateTimeOffset moment, Span<double> values)
    {
        ReadOnlySpan<byte> stored = views[part.ViewIndex].Row(entity);
        var there = !stored.IsEmpty && RowLayout.Microseconds(moment) - RowLayout.EventTime(stored) <= part.View.Retention.Ticks / TimeSpan.TicksPerMicrosecond;
        for (var i = 0; i < part.Values.Length; i++)
        {
            values[part.FirstFeature + i] = there && !RowLayout.IsNull(stored, part.Values[i])
                ? FieldValue.Of(PackedValue.Read(part.View.Row[part.Values[i]].Type, part.Layout.Value(stored, part.Values[i]))).Number
                : double.NaN;
        }
    }

    /// <summary>Drops what is past each view's retention on <paramref name="today"/>, as Redis does.</summary>
    public void Forget(int today) => Array.ForEach(views, view => view.Forget(today));

    private sealed class ViewState(FeatureView view)
    {
        private readonly int bytesPerDay = view is AggregateView tiled ? new TileGrid(tiled.Tile).TilesPerDay * Tile.SizeBytes : 0;
        private readonly int retentionDays = (int)Math.Ceiling(view.Retention.TotalDays);
        private MemoryTiles.EntityTiles?[] tiles = [];
        private MemoryTiles.EntityTiles?[] maxima = [];
        private byte[]?[] rows = [];

        public MemoryTiles.EntityTiles Tiles(int entity) => At(ref tiles, entity) ??= new MemoryTiles.EntityTiles(bytesPerDay);

        public MaximaLayout? MaximaLayout { get; } = view is AggregateView aggregates ? Aggregates.MaximaLayout.Of(aggregates) : null;

        public MemoryTiles.EntityTiles Maxima(int entity) => At(ref maxima, entity) ??= new MemoryTiles.EntityTiles(MaximaLayout!.DayBytes);

        public MemoryTiles.EntityDays Days(int entity) => new(entity < tiles.Length ? tiles[entity] : null, entity < maxima.Length ? maxima[entity] : null);

        public ref byte[]? Row(int entity) => ref At(ref rows, entity);

        public void Forget(int today)
        {
            foreach (var entity in tiles.Concat(maxima)) { entity?.Forget(today - retentionDays - 1); }
        }

        private static ref T At<T>(ref T[] items, int index)
        {
            if (index >= items.Length) { Array.Resize(ref items, Math.Max(index + 1, items.Length * 2)); }
            return ref items[index];
        }
    }
}
