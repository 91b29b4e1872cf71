using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Online;

/// <summary>Fills the features of one row view from what is stored, column by column.</summary>
internal sealed class RowAnswer(ServiceRow part, FeatureStoreMetrics metrics)
{
    /// <param name="stored">The bytes of each row's entity, shape [rows]; empty = there are none.</param>
    /// <param name="features">The features of the request, in answer order; those of this view are set. Statuses and ages that are the same for several features are the same array.</param>
    public void Write(byte[][] stored, OnlineRow[] rows, OnlineFeature[] features)
    {
        var (statuses, ages) = (new FieldStatus[rows.Length], new long[rows.Length]);
        for (var row = 0; row < rows.Length; row++)
        {
            (statuses[row], ages[row]) = StatusOf(stored[row], rows[row].Moment);
            metrics.ReadAge(part.View.Name, ages[row] < 0 ? -1 : ages[row] / 1_000_000);
        }
        for (var i = 0; i < part.Values.Length; i++)
        {
            var at = part.FirstFeature + i;
            var own = WithNulls(statuses, stored, part.Values[i]);
            features[at] = features[at] with { Statuses = own, AgesMicroseconds = ages };
            foreach (var status in own)
            {
                if (status != FieldStatus.Present) { metrics.ReadValue(part.View.Name, status); }
            }
            Read(stored, own, part.Values[i], features[at].Values);
        }
    }

    /// <summary>The statuses of one value: those of the rows, but NULL where the row has it so.</summary>
    private static FieldStatus[] WithNulls(FieldStatus[] statuses, byte[][] stored, int value)
    {
        var own = statuses;
        for (var row = 0; row < statuses.Length; row++)
        {
            if (!FieldStatuses.HasValue(statuses[row]) || !RowLayout.IsNull(stored[row], value)) { continue; }
            if (ReferenceEquals(own, statuses)) { own = [.. statuses]; }
            own[row] = FieldStatus.Null;
        }
        return own;
    }

    private void Read(byte[][] stored, FieldStatus[] statuses, int value, Array column)
    {
        var type = part.View.Row[value].Type;
        for (var row = 0; row < stored.Length; row++)
        {
            if (!FieldStatuses.HasValue(statuses[row])) { continue; }
            // The most usual type without the look at which one it is, for every value.
            if (column is float[] floats) { floats[row] = System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(part.Layout.Value(stored[row], value)); }
            else { PackedValue.Read(type, part.Layout.Value(stored[row], value), column, row); }
        }
    }

    /// <summary>What the row is worth at the moment, and its age in microseconds, -1 when there is none. A row of a later event is not yet true.</summary>
    private (FieldStatus Status, long Age) StatusOf(ReadOnlySpan<byte> stored, DateTimeOffset moment)
    {
        if (stored.IsEmpty) { return (FieldStatus.NotFound, -1); }
        if (!part.Layout.IsValid(stored))
        {
            metrics.Unreadable(part.View.Name);
            return (FieldStatus.NotFound, -1);
        }
        var age = RowLayout.Microseconds(moment) - RowLayout.EventTime(stored);
        if (age < 0) { return (FieldStatus.NotFound, -1); }
        var status = age > part.View.Retention.Ticks / TimeSpan.TicksPerMicrosecond ? FieldStatus.Expired
            : age > part.View.Ttl.Ticks / TimeSpan.TicksPerMicrosecond ? FieldStatus.Stale : FieldStatus.Present;
        return (status, age);
    }
}
