using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Checked rows of one push.</summary>
/// <param name="Values">Shape [rows, Target.Source.Fields], row by row.</param>
internal sealed record PushedRows(PushTarget Target, DateTimeOffset[] EventTimes, FieldValue[] Values, Offsets? Offsets)
{
    public int Count => EventTimes.Length;

    public ReadOnlySpan<FieldValue> Row(int index) => Values.AsSpan(index * Target.Source.Fields.Count, Target.Source.Fields.Count);
}

/// <summary>Where a push stands in the stream of its producer.</summary>
/// <param name="First">Offset of the push's first row.</param>
internal sealed record Offsets(string Producer, long First);
