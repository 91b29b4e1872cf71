using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The rows of one push as the log holds them. They name their columns themselves, so that they outlive changes of the registry.</summary>
/// <param name="Sequence">Number of the first row in its log; row i has this plus i.</param>
/// <param name="AppendedAt">When they were logged.</param>
/// <param name="Offsets">The producer's; of a push without one the log itself is the producer, and <paramref name="Sequence"/> the offset.</param>
/// <param name="Source">Name of the push source.</param>
/// <param name="Fields">Its fields at that time.</param>
/// <param name="EventTimes">UTC ticks, shape [rows].</param>
/// <param name="Values">Shape [rows, fields], row by row.</param>
internal sealed record LoggedRows(
    long Sequence, DateTimeOffset AppendedAt, Offsets Offsets, string Source, IReadOnlyList<Field> Fields, long[] EventTimes, FieldValue[] Values)
{
    public int Count => EventTimes.Length;

    public ReadOnlySpan<FieldValue> Row(int index) => Values.AsSpan(index * Fields.Count, Fields.Count);

    /// <summary>The rows in the shape of the source as it is defined now; null when it has a field that the rows lack, or of another type.</summary>
    public PushedRows? As(PushTarget target)
    {
        var fields = target.Source.Fields;
        int[] columns = [.. fields.Select(field => Array.IndexOf([.. Fields], field))];
        if (columns.Contains(-1)) { return null; }
        var values = new FieldValue[Count * fields.Count];
        for (var row = 0; row < Count; row++)
        {
            for (var f = 0; f < fields.Count; f++) { values[row * fields.Count + f] = Values[row * Fields.Count + columns[f]]; }
        }
        return new PushedRows(target, Array.ConvertAll(EventTimes, ticks => new DateTimeOffset(ticks, TimeSpan.Zero)), values, Offsets);
    }
}
