using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Makes the rows of one row view from the rows of a source. Immutable.</summary>
/// <param name="source">Has a field for each value of the view; that of direct writes also <see cref="RowView.Created"/>, in microseconds since 1970.</param>
/// <param name="join">Field that holds each join key of the view's entity, in the entity's order.</param>
internal sealed class RowWriter(RowView view, int viewIndex, PushSource source, IReadOnlyList<string> join)
{
    private const int MaxRowBytes = 65_536;
    private readonly RowLayout layout = new(view.Row);
    private readonly int[] keys = [.. join.Select(source.IndexOf)];
    private readonly int[] values = [.. view.Row.Select(feature => source.IndexOf(feature.Name))];
    private readonly string[] columns = [.. view.Row.Select(feature => $"df.{feature.Name}")];
    private readonly int created = source.Name == PushTarget.DirectName(view) ? source.IndexOf(RowView.Created) : -1;

    public RowView View => view;
    public int ViewIndex => viewIndex;

    /// <summary>Field of each join key.</summary>
    public ReadOnlySpan<int> Keys => keys;

    public bool IsKey(int field) => keys.Contains(field);

    /// <summary>The field is a value of the view, or says when the row was made.</summary>
    public bool IsValue(int field) => field == created || values.Contains(field);

    /// <summary>Without the field there is no row: it is part of the key, or must not be null.</summary>
    public bool Needs(int field) => IsKey(field) || (Array.IndexOf(values, field) is var at and >= 0 && view.Row[at].NotNull);

    /// <summary>Notes in <paramref name="problems"/> what breaks a rule of the view.</summary>
    /// <param name="row">Shape [fields of the source].</param>
    /// <param name="index">Number of the row, for messages.</param>
    public void Check(FieldProblems problems, ReadOnlySpan<FieldValue> row, int index)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ValueRules.Check(problems, view.Row[i], row[values[i]].Value, new RowField(columns[i], index));
        }
        if (!problems.Any && !problems.Poison.ContainsKey(index) && Pack(DateTimeOffset.UnixEpoch, row).Length is > MaxRowBytes and var bytes)
        {
            problems.Add(new RowField("df", index), $"takes {bytes} bytes in '{view.Name}', more than {MaxRowBytes}");
        }
    }

    /// <summary>The key that the row is stored under.</summary>
    public OnlineKey Key(ReadOnlySpan<FieldValue> row)
    {
        var entity = new string[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            entity[i] = row[keys[i]].KeyText;
        }
        return new OnlineKey(viewIndex, EntityKey.Of(entity), 0);
    }

    /// <summary>The bytes that are stored.</summary>
    public byte[] Pack(DateTimeOffset eventTime, ReadOnlySpan<FieldValue> row)
    {
        var packed = new object?[values.Length];
        for (var i = 0; i < packed.Length; i++)
        {
            packed[i] = row[values[i]].Value;
        }
        var lag = created >= 0 && row[created].Value is long made ? TimeSpan.FromMicroseconds(made - RowLayout.Microseconds(eventTime)) : TimeSpan.Zero;
        return layout.Pack(eventTime, lag, packed);
    }
}
