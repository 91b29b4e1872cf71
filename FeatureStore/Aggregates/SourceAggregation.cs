using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>One field of an event: text of a STRING, number of anything else (a BOOL is 0 or 1).</summary>
internal readonly record struct FieldValue(string Text, double Number)
{
    public static implicit operator FieldValue(string text) => new(text, 0);
    public static implicit operator FieldValue(double number) => new("", number);
}

/// <summary>What one event adds to one tile.</summary>
/// <param name="View">Position of the view in <see cref="FeatureRegistry.Views"/>.</param>
/// <param name="Entity">The entity's <see cref="EntityKey"/>.</param>
/// <param name="Day">UTC day, days since 1970-01-01.</param>
/// <param name="Slot">Tile of the day.</param>
/// <param name="Add">One event, flagged or not, with its clipped value.</param>
internal readonly record struct TileIncrement(int View, string Entity, int Day, int Slot, Tile Add);

/// <summary>Turns the events of one source into tile increments, one for every view of the source. Immutable.</summary>
internal sealed class SourceAggregation
{
    private readonly ViewOfSource[] views;

    public SourceAggregation(FeatureRegistry registry, PushSource source)
    {
        Source = source;
        views = [.. registry.Views.Select((view, index) => (view, index)).Where(v => ReferenceEquals(v.view.Source, source)).Select(v => new ViewOfSource(v.view, v.index))];
    }

    public PushSource Source { get; }

    /// <summary>How many increments one event makes.</summary>
    public int ViewCount => views.Length;

    /// <summary>Writes the increments of one event to the first <see cref="ViewCount"/> places of <paramref name="increments"/>.</summary>
    /// <param name="row">The event's fields, shape [Source.Fields].</param>
    public void Increments(DateTimeOffset eventTime, ReadOnlySpan<FieldValue> row, Span<TileIncrement> increments)
    {
        for (var i = 0; i < views.Length; i++) { increments[i] = views[i].Increment(eventTime.ToUnixTimeSeconds(), row); }
    }

    private sealed class ViewOfSource(FeatureView view, int viewIndex)
    {
        private readonly TileGrid grid = new(view.Tile);
        private readonly int[] join = [.. view.Join.Select(view.Source.IndexOf)];
        private readonly int value = view.Value is { } clipped ? view.Source.IndexOf(clipped.Field) : -1;
        private readonly int flag = view.Flag is { } flagged ? view.Source.IndexOf(flagged.Field) : -1;

        public TileIncrement Increment(long unixSeconds, ReadOnlySpan<FieldValue> row)
        {
            var tile = grid.IndexOf(unixSeconds);
            var sum = value < 0 ? 0 : (int)Math.Clamp(row[value].Number, view.Value!.Min, view.Value.Max);
            var late = flag >= 0 && row[flag].Number > view.Flag!.GreaterThan;
            return new TileIncrement(viewIndex, Entity(row), grid.DayOf(tile), grid.SlotOf(tile), new Tile(1, late ? (ushort)1 : (ushort)0, sum));
        }

        private string Entity(ReadOnlySpan<FieldValue> row)
        {
            if (join.Length == 1) { return EntityKey.Of([row[join[0]].Text]); }
            var keys = new string[join.Length];
            for (var i = 0; i < join.Length; i++) { keys[i] = row[join[i]].Text; }
            return EntityKey.Of(keys);
        }
    }
}
