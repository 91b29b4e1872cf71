using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The newest row of each entity of one view by the online store's rule: greater bytes are newer.</summary>
/// <param name="texts">Numbers the values that are none.</param>
/// <param name="sources">Of its events, each with its position, and which of its row views this is.</param>
/// <param name="parts">Features that read it, each for one combination of entity columns.</param>
internal sealed class JoinedRowView(RowView view, JoinedTexts texts, (LoggedEvents Events, int Index, int Slot)[] sources, (ServiceRow Part, int Combination)[] parts) : IJoinedView
{
    private readonly long retentionMicroseconds = view.Retention.Ticks / TimeSpan.TicksPerMicrosecond;
    private readonly Dictionary<int, byte[]> newest = [];

    public void Walk(JoinStep step)
    {
        var events = Array.ConvertAll(sources, source => step.Events(source.Index));
        for (var row = 0; row < step.Rows.Count; row++)
        {
            Apply(events, row);
            foreach (var (part, combination) in parts)
            {
                Evaluate(part, newest.GetValueOrDefault(step.Entities[combination][row]), step.Rows, row);
            }
        }
        Apply(events, step.Rows.Count);
    }

    private void Apply(StepEvents[] events, int row)
    {
        for (var i = 0; i < sources.Length; i++)
        {
            while (events[i].TryNext(row, out _, out var encoded))
            {
                var packed = sources[i].Events.RowOf(sources[i].Slot, encoded, out var entity);
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(newest, entity, out _);
                if (packed.SequenceCompareTo(known) > 0)
                {
                    known = packed.ToArray();
                }
            }
        }
    }

    private void Evaluate(ServiceRow part, ReadOnlySpan<byte> stored, JoinedRows rows, int row)
    {
        var there = !stored.IsEmpty && RowLayout.Microseconds(rows.Moments[row]) - RowLayout.EventTime(stored) <= retentionMicroseconds;
        for (var i = 0; i < part.Values.Length; i++)
        {
            rows.Values[part.FirstFeature + i][row] = there && !RowLayout.IsNull(stored, part.Values[i]) ? Number(view.Row[part.Values[i]].Type, part.Layout.Value(stored, part.Values[i])) : double.NaN;
        }
    }

    private double Number(FieldType type, ReadOnlySpan<byte> bytes)
    {
        var value = PackedValue.Read(type, bytes);
        return FieldTypes.IsNumber(type) ? FieldValue.Of(value).Number : texts.NumberOf(value);
    }
}
