using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Checked rows of one push.</summary>
/// <param name="Values">Shape [rows, Source.Fields], row by row.</param>
internal sealed record PushedRows(SourceAggregation Source, DateTimeOffset[] EventTimes, FieldValue[] Values, Offsets? Offsets)
{
    public int Count => EventTimes.Length;

    public ReadOnlySpan<FieldValue> Row(int index) => Values.AsSpan(index * Source.Source.Fields.Count, Source.Source.Fields.Count);
}

/// <summary>Where a push stands in the stream of its producer.</summary>
/// <param name="First">Offset of the push's first row.</param>
internal sealed record Offsets(string Producer, long First);
