using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The rows of one push as the log holds them. They name their columns themselves, so that they outlive changes of the registry.</summary>
/// <param name="Sequence">Number of the first row in its log; row i has this plus i.</param>
/// <param name="AppendedAt">When they were logged.</param>
/// <param name="Offsets">The producer's; of a push without one the log itself is the producer, and <paramref name="Sequence"/> the offset.</param>
/// <param name="Source">Name of the push source.</param>
/// <param name="Columns">The rows, in the bytes of the log.</param>
internal sealed record LoggedRows(long Sequence, DateTimeOffset AppendedAt, Offsets Offsets, string Source, LogColumns Columns)
{
    public int Count => Columns.Count;

    /// <summary>Whether a field of the target's source, as it is defined now, is in the columns with its type.</summary>
    public bool Has(PushTarget target, int field) => At(target, field) >= 0;

    /// <summary>A reader of the rows in the shape of the source as it is defined now; a field that they lack is null.</summary>
    public LogColumnsReader Read(PushTarget target) =>
        new(Columns, [.. Enumerable.Range(0, target.Source.Fields.Count).Select(field => new LogColumn(At(target, field), target.IsValue(field)))]);

    /// <summary>The rows in the shape of the source as it is defined now, for those of its views that can be made of the fields that they have.</summary>
    public PushedRows As(PushTarget target)
    {
        var (reader, times, values, fields) = (Read(target), new DateTimeOffset[Count], new FieldValue[Count * target.Source.Fields.Count], target.Source.Fields.Count);
        for (var row = 0; row < Count; row++) { times[row] = new DateTimeOffset(reader.Read(values.AsSpan(row * fields, fields)), TimeSpan.Zero); }
        return new PushedRows(target.Without(field => !Has(target, field)), times, values, Offsets);
    }

    private int At(PushTarget target, int field) => Array.IndexOf(Columns.Fields, target.Source.Fields[field]);
}
