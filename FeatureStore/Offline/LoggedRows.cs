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

    /// <summary>Where the fields of the source, as it is defined now, are in the columns; null when it has one that the rows lack, or of another type.</summary>
    public int[]? FieldsOf(PushTarget target)
    {
        var at = target.Source.Fields.Select(field => Array.IndexOf(Columns.Fields, field)).ToArray();
        return at.Contains(-1) ? null : at;
    }

    /// <summary>The rows in the shape of the source as it is defined now; null when they do not have its fields.</summary>
    public PushedRows? As(PushTarget target)
    {
        if (FieldsOf(target) is not { } fields) { return null; }
        var (reader, times, values) = (new LogColumnsReader(Columns), new DateTimeOffset[Count], new FieldValue[Count * fields.Length]);
        for (var row = 0; row < Count; row++) { times[row] = new DateTimeOffset(reader.Read(fields, values.AsSpan(row * fields.Length, fields.Length)), TimeSpan.Zero); }
        return new PushedRows(target, times, values, Offsets);
    }
}
