using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Online;

/// <summary>Fills the features of one row view from what is stored, column by column.</summary>
internal sealed class RowAnswer(ServiceRow part, SourceTimes times, FeatureStoreMetrics metrics)
{
    /// <param name="stored">The bytes of each row's entity, shape [rows]; empty = there are none.</param>
    /// <param name="features">The features of the request, in answer order; those of this view are set. Statuses and ages that are the same for several features are the same array.</param>
    public void Write(byte[][] stored, OnlineRow[] rows, OnlineFeature[] features)
    {
        var (statuses, ages) = (new FieldStatus[rows.Length], new long[rows.Length]);
        var whole = true;
        for (var row = 0; row < rows.Length; row++)
        {
            (statuses[row], ages[row]) = StatusOf(stored[row], rows[row].Moment);
            whole &= FieldStatuses.HasValue(statuses[row]) && !part.Layout.HasNull(stored[row]);
        }
        for (var i = 0; i < part.Values.Length; i++)
        {
            var at = part.FirstFeature + i;
            var own = whole ? statuses : WithNulls(statuses, stored, part.Values[i]);
            features[at] = features[at] with { Statuses = own, AgesMicroseconds = ages };
            Read(stored, own, whole, (part.Values[i], features[at].Values));
        }
        metrics.Read(part.View.Name, features.AsSpan(part.FirstFeature, part.Values.Length));
    }

    /// <summary>The statuses of one value: those of the rows, but NULL where the row has it so.</summary>
    private static FieldStatus[] WithNulls(FieldStatus[] statuses, byte[][] stored, int value)
    {
        var own = statuses;
        for (var row = 0; row < statuses.Length; row++)
        {
            if (!FieldStatuses.HasValue(statuses[row]) || !RowLayout.IsNull(stored[row], value))
            {
                continue;
            }
            if (ReferenceEquals(own, statuses))
            {
                own = [.. statuses];
            }
            own[row] = FieldStatus.Null;
        }
        return own;
    }

    /// <param name="whole">There are all values of all rows.</param>
    private void Read(byte[][] stored, FieldStatus[] statuses, bool whole, (int Index, Array Column) value)
    {
        switch (value.Column)
        {
            case float[] column when whole: Copy(stored, part.Layout.SlotOf(value.Index), column); return;
            case double[] column when whole: Copy(stored, part.Layout.SlotOf(value.Index), column); return;
            case long[] column when whole: Copy(stored, part.Layout.SlotOf(value.Index), column); return;
            case int[] column when whole: Copy(stored, part.Layout.SlotOf(value.Index), column); return;
        }
        var type = part.View.Row[value.Index].Type;
        for (var row = 0; row < stored.Length; row++)
        {
            if (FieldStatuses.HasValue(statuses[row]))
            {
                PackedValue.Read(type, part.Layout.Value(stored[row], value.Index), value.Column, row);
            }
        }
    }

    private static void Copy<T>(byte[][] stored, int at, T[] column) where T : unmanaged
    {
        for (var row = 0; row < column.Length; row++)
        {
            column[row] = MemoryMarshal.Read<T>(stored[row].AsSpan(at));
        }
    }

    /// <summary>What the row is worth at the moment, and its age in microseconds, -1 when there is none. A row of a later event is not yet true.</summary>
    private (FieldStatus Status, long Age) StatusOf(ReadOnlySpan<byte> stored, DateTimeOffset moment)
    {
        if (stored.IsEmpty)
        {
            return (FieldStatus.NotFound, -1);
        }
        if (!part.Layout.IsValid(stored))
        {
            metrics.Unreadable(part.View.Name);
            return (FieldStatus.NotFound, -1);
        }
        var age = RowLayout.Microseconds(moment) - RowLayout.EventTime(stored);
        if (age < 0)
        {
            return (FieldStatus.NotFound, -1);
        }
        var status = age > part.View.Retention.Ticks / TimeSpan.TicksPerMicrosecond ? FieldStatus.Expired
            : age > part.View.Ttl.Ticks / TimeSpan.TicksPerMicrosecond || times.IsBehind(part.View, moment) ? FieldStatus.Stale : FieldStatus.Present;
        return (status, age);
    }
}
