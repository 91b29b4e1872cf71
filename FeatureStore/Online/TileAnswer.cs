using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Diagnostics;

namespace MlAspire.FeatureStore.Online;

/// <summary>Fills the features of one part of a service that is computed from tiles.</summary>
/// <param name="index">Position of the part in <see cref="ServiceAggregation.Views"/>.</param>
internal sealed class TileAnswer(ServiceViewAggregation part, int index, SourceTimes times, FeatureStoreMetrics metrics)
{
    /// <param name="bytes">Shape [keys of <paramref name="read"/>].</param>
    /// <param name="features">The features of the request, in answer order; those of this part are set.</param>
    public void Write(OnlineRead read, byte[][] bytes, OnlineRow[] rows, OnlineFeature[] features)
    {
        var own = features.AsSpan(part.FirstFeature, part.FeatureCount);
        foreach (ref var feature in own)
        {
            feature = feature with { Statuses = new FieldStatus[rows.Length], AgesMicroseconds = new long[rows.Length] };
        }
        var (values, past) = (new AggregateValue[own.Length], times.Past(part.View.Source.Name));
        for (var row = 0; row < rows.Length; row++)
        {
            var days = read.DaysOf(row, index, bytes);
            // A tile that the source has left holds what happened after the moment, too.
            var isOver = past >= part.TileEnd(rows[row].Moment);
            part.Evaluate(rows[row].Moment, days, values, withoutHead: isOver);
            var age = part.AgeSeconds(rows[row].Moment, read.DayNumbersOf(row, index), days, withoutHead: isOver);
            var there = age * TimeSpan.TicksPerSecond > part.View.Ttl.Ticks || times.IsBehind(part.View, rows[row].Moment) ? FieldStatus.Stale : FieldStatus.Present;
            for (var i = 0; i < own.Length; i++)
            {
                if (values[i].Full)
                {
                    metrics.Full(part.View.Name);
                }
                Write(own[i], row, values[i], (age, there));
            }
        }
        metrics.Read(part.View.Name, own);
    }

    /// <param name="read">The age of the part, and the status of what is there.</param>
    private static void Write(OnlineFeature feature, int row, AggregateValue value, (long AgeSeconds, FieldStatus There) read)
    {
        var status = value switch
        {
            { Found: false } => FieldStatus.NotFound,
            { Value: double.NaN } => FieldStatus.Null,
            _ => read.There,
        };
        feature.Statuses[row] = status;
        ((double[])feature.Values)[row] = value.Value;
        feature.AgesMicroseconds[row] = FieldStatuses.HasValue(status) && read.AgeSeconds >= 0 ? read.AgeSeconds * 1_000_000 : -1;
    }
}
