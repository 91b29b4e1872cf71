using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Online;

/// <summary>Fills the features of one row view from what is stored.</summary>
internal sealed class RowAnswer(ServiceRow part, FeatureStoreMetrics metrics)
{
    /// <param name="stored">The bytes of the entity's row; empty = there is none.</param>
    /// <param name="features">The features of the request, in answer order.</param>
    /// <param name="row">Place of the answer in them.</param>
    public void Write(ReadOnlySpan<byte> stored, DateTimeOffset moment, OnlineFeature[] features, int row)
    {
        var (status, age) = StatusOf(stored, moment);
        metrics.ReadAge(part.View.Name, age < 0 ? -1 : age / 1_000_000);
        for (var i = 0; i < part.Values.Length; i++)
        {
            var feature = features[part.FirstFeature + i];
            var own = FieldStatuses.HasValue(status) && RowLayout.IsNull(stored, part.Values[i]) ? FieldStatus.Null : status;
            feature.Statuses[row] = own;
            feature.AgesMicroseconds[row] = age;
            metrics.ReadValue(part.View.Name, own);
            if (FieldStatuses.HasValue(own)) { PackedValue.Read(part.View.Row[part.Values[i]].Type, part.Layout.Value(stored, part.Values[i]), feature.Values, row); }
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
