using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>The features of one view for one entity of a row. Immutable.</summary>
/// <param name="viewIndex">Position of the view in <see cref="FeatureRegistry.Views"/>.</param>
/// <param name="entityColumns">Position of each join key in <see cref="ServiceAggregation.EntityColumns"/>.</param>
/// <param name="firstFeature">Position of the first of these features in the row.</param>
/// <param name="asked">Features of the view, in answer order.</param>
internal sealed class ServiceViewAggregation(AggregateView view, IEnumerable<Feature> asked, int viewIndex, int[] entityColumns, int firstFeature)
{
    private readonly TileGrid grid = new(view.Tile);
    private readonly Aggregation[] features = [.. asked.Cast<AggregateFeature>().Select(feature => new Aggregation(feature, new TileGrid(view.Tile), MaximaLayout.Of(view)))];

    public AggregateView View => view;
    public int ViewIndex => viewIndex;
    public IReadOnlyList<int> EntityColumns => entityColumns;
    public int FirstFeature => firstFeature;

    /// <summary>A feature reads the maxima.</summary>
    public bool HasMaxima { get; } = asked.Cast<AggregateFeature>().Any(feature => AggregationFunctions.IsMaximum(feature.Function));

    /// <summary>Most bytes of the tiles of an entity's day.</summary>
    public int DayBytes { get; } = new TileGrid(view.Tile).TilesPerDay * Tile.SizeBytes;

    /// <summary>Most bytes of the maxima of an entity's day.</summary>
    public int MaximaBytes { get; } = MaximaLayout.Of(view)?.DayBytes ?? 0;

    public int FeatureCount => features.Length;

    /// <summary>The features, in answer order.</summary>
    public ReadOnlySpan<Aggregation> Features => features;

    /// <summary>The <see cref="EntityKey"/> that this part of a row looks up.</summary>
    /// <param name="entities">Values of a row, shape [ServiceAggregation.EntityColumns].</param>
    public string EntityOf(ReadOnlySpan<string> entities) => EntityKey.Of(entities, entityColumns);

    /// <summary>Adds every UTC day that the features read at <paramref name="moment"/> to <paramref name="days"/>, each once, newest last.</summary>
    public void AddDays(DateTimeOffset moment, SortedSet<int> days)
    {
        foreach (var feature in features)
        {
            AddDays(feature.Current(moment), days);
            AddDays(feature.Earlier(moment), days);
        }
    }

    /// <summary>Computes the features at <paramref name="moment"/>; no allocation.</summary>
    /// <param name="values">Shape [<see cref="FeatureCount"/>].</param>
    /// <param name="withoutHead">The tile that holds the moment may hold what happened after it, and does not count.</param>
    public void Evaluate<TDays>(DateTimeOffset moment, in TDays days, Span<AggregateValue> values, bool withoutHead = false) where TDays : struct, ITileSums
    {
        for (var i = 0; i < features.Length; i++)
        {
            values[i] = features[i].At(moment, withoutHead, days);
        }
    }

    /// <summary>When the tile that holds the moment ends.</summary>
    public DateTimeOffset TileEnd(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeSeconds(grid.EndOf(grid.IndexOf(moment.ToUnixTimeSeconds())));

    /// <summary>Seconds between the end of the newest tile with an event (at or before the tile of <paramref name="moment"/>) and the moment, at least 0; -1 = no event in <paramref name="readDays"/>.</summary>
    /// <param name="readDays">The days that were read, ascending.</param>
    public long AgeSeconds<TDays>(DateTimeOffset moment, ReadOnlySpan<int> readDays, in TDays days, bool withoutHead = false) where TDays : struct, ITileDays
    {
        var now = moment.ToUnixTimeSeconds();
        var last = grid.IndexOf(now) - (withoutHead ? 1 : 0);
        for (var i = readDays.Length - 1; i >= 0; i--)
        {
            var bytes = days.Day(readDays[i]);
            if (readDays[i] > grid.DayOf(last))
            {
                continue;
            }
            var slot = Math.Min(readDays[i] < grid.DayOf(last) ? grid.TilesPerDay : grid.SlotOf(last) + 1, bytes.Length / Tile.SizeBytes) - 1;
            while (slot >= 0 && Tile.Read(bytes, slot).Count == 0)
            {
                slot--;
            }
            if (slot >= 0)
            {
                return Math.Max(0, now - grid.EndOf((long)readDays[i] * grid.TilesPerDay + slot));
            }
        }
        return -1;
    }

    private void AddDays(TileRange range, SortedSet<int> days)
    {
        if (range.IsEmpty)
        {
            return;
        }
        for (var day = grid.DayOf(range.Start); day <= grid.DayOf(range.End - 1); day++)
        {
            days.Add(day);
        }
    }
}
