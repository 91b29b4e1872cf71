using System.Globalization;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>One field of an event: text of a STRING, number of anything else (a BOOL is 0 or 1).</summary>
/// <param name="Value">What is stored in a row view, of the type that <see cref="Rows.PackedValue"/> takes; null = null, or nobody stores it.</param>
internal readonly record struct FieldValue(string Text, double Number, object? Value = null)
{
    /// <summary>The value as part of a key: a number in decimal.</summary>
    public string KeyText => Text.Length > 0 ? Text : Number.ToString("0", CultureInfo.InvariantCulture);

    /// <summary>A value of <see cref="Rows.PackedValue"/> as text and number.</summary>
    public static FieldValue Of(object? value) => value switch
    {
        string text => new FieldValue(text, 0, value),
        int number => new FieldValue("", number, value),
        // A whole number of 64 bits may be a join key, which a double cannot hold.
        long number => new FieldValue(number.ToString(CultureInfo.InvariantCulture), number, value),
        float number => new FieldValue("", number, value),
        double number => new FieldValue("", number, value),
        bool flag => new FieldValue("", flag ? 1 : 0, value),
        _ => new FieldValue("", 0, value),
    };

    public static implicit operator FieldValue(string text) => new(text, 0);
    public static implicit operator FieldValue(double number) => new("", number);
}

/// <summary>What one event adds to one tile.</summary>
/// <param name="View">Position of the view in <see cref="FeatureRegistry.Views"/>.</param>
/// <param name="Entity">The entity's <see cref="EntityKey"/>.</param>
/// <param name="Day">UTC day, days since 1970-01-01.</param>
/// <param name="Slot">Tile of the day.</param>
/// <param name="Add">One event, flagged or not, with its clipped value.</param>
/// <param name="Mark">For the maxima, of a view that has some.</param>
internal readonly record struct TileIncrement(int View, string Entity, int Day, int Slot, Tile Add, TileMark Mark);

/// <summary>Turns the events of one source into tile increments, one for every view of the source. Immutable.</summary>
internal sealed class SourceAggregation
{
    public SourceAggregation(FeatureRegistry registry, PushSource source) :
        this(source, [.. registry.ViewsOf(source).OfType<AggregateView>().Select(view => new ViewOfSource(view, registry.IndexOf(view)))]) { }

    public SourceAggregation(PushSource source, ViewOfSource[] views) => (Source, Views) = (source, views);

    public PushSource Source { get; }

    /// <summary>The views that count the source's events, in file order.</summary>
    public ViewOfSource[] Views { get; }

    /// <summary>The field is a join key of a view.</summary>
    public bool IsKey(int field) => Array.Exists(Views, view => view.IsKey(field));

    /// <summary>The field decides what an event adds to a tile.</summary>
    public bool Counts(int field) => Array.Exists(Views, view => view.Counts(field));

    /// <summary>How many increments one event makes.</summary>
    public int ViewCount => Views.Length;

    /// <summary>Writes the increments of one event to the first <see cref="ViewCount"/> places of <paramref name="increments"/>.</summary>
    /// <param name="row">The event's fields, shape [Source.Fields].</param>
    public void Increments(DateTimeOffset eventTime, ReadOnlySpan<FieldValue> row, Span<TileIncrement> increments)
    {
        for (var i = 0; i < Views.Length; i++)
        {
            increments[i] = Views[i].Increment(eventTime, row);
        }
    }

    /// <summary>What an event does to one view.</summary>
    internal sealed class ViewOfSource(AggregateView view, int viewIndex)
    {
        private readonly TileGrid grid = new(view.Tile);
        private readonly int distinct = view.Distinct is { } counted ? view.Source.IndexOf(counted) : -1;
        private readonly int[] join = [.. view.Join.Select(view.Source.IndexOf)];
        private readonly int value = view.Value is { } clipped ? view.Source.IndexOf(clipped.Field) : -1;
        private readonly int flag = view.Flag is { } flagged ? view.Source.IndexOf(flagged.Field) : -1;

        public AggregateView View => view;

        /// <summary>Field of each join key.</summary>
        public ReadOnlySpan<int> Keys => join;

        public bool HasMaxima { get; } = MaximaLayout.Of(view) is not null;

        public TileIncrement Increment(DateTimeOffset eventTime, ReadOnlySpan<FieldValue> row)
        {
            var tile = grid.IndexOf(eventTime.ToUnixTimeSeconds());
            return new TileIncrement(viewIndex, Entity(row), grid.DayOf(tile), grid.SlotOf(tile), Add(row), HasMaxima ? Mark(eventTime, row) : default);
        }

        /// <summary>What it adds to its tile.</summary>
        public Tile Add(ReadOnlySpan<FieldValue> row)
        {
            var sum = value < 0 ? 0 : (int)Math.Clamp(row[value].Number, view.Value!.Min, view.Value.Max);
            var late = flag >= 0 && row[flag].Number > view.Flag!.GreaterThan;
            return new Tile(1, late ? (ushort)1 : (ushort)0, sum);
        }

        /// <summary>What it says to the maxima.</summary>
        public TileMark Mark(DateTimeOffset eventTime, ReadOnlySpan<FieldValue> row) =>
            new(eventTime.UtcTicks % TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond, distinct < 0 ? 0 : HyperLogLog.Hash(row[distinct].KeyText));

        public bool IsKey(int field) => join.Contains(field);

        /// <summary>Without the field an event cannot be counted.</summary>
        public bool Needs(int field) => IsKey(field) || Counts(field);

        public bool Counts(int field) => field == value || field == flag || field == distinct;

        private string Entity(ReadOnlySpan<FieldValue> row)
        {
            if (join.Length == 1)
            {
                return EntityKey.Of([row[join[0]].KeyText]);
            }
            var keys = new string[join.Length];
            for (var i = 0; i < join.Length; i++)
            {
                keys[i] = row[join[i]].KeyText;
            }
            return EntityKey.Of(keys);
        }
    }
}
