using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The newest row of each entity so far, with the bytes and by the rule of the online store: greater bytes are newer.</summary>
internal sealed class RowValues
{
    private readonly Dictionary<OnlineKey, byte[]> newest = [];

    /// <exception cref="FormatException">A feature of this type is no number, so that no join holds it.</exception>
    public static void Require(string name, FieldType type)
    {
        if (type is not (FieldType.Int32 or FieldType.Int64 or FieldType.Float or FieldType.Double or FieldType.Bool or FieldType.UnixTimestamp))
        {
            throw new FormatException($"The feature '{name}' is a {FieldTypes.Name(type)}, and a join holds numbers alone.");
        }
    }

    public void Add(OnlineKey key, byte[] packed)
    {
        ref var stored = ref CollectionsMarshal.GetValueRefOrAddDefault(newest, key, out var exists);
        if (!exists || packed.AsSpan().SequenceCompareTo(stored) > 0) { stored = packed; }
    }

    /// <summary>Writes the values of one row view, as the online store would answer them; NaN where it would answer none.</summary>
    /// <param name="values">Shape [features of the service].</param>
    public void Evaluate(ServiceRow part, in SpineRow row, double[] values)
    {
        newest.TryGetValue(new OnlineKey(part.ViewIndex, part.EntityOf(row.Entities), 0), out var stored);
        var there = stored is not null && RowLayout.Microseconds(row.Moment) - RowLayout.EventTime(stored) <= part.View.Retention.Ticks / TimeSpan.TicksPerMicrosecond;
        for (var i = 0; i < part.Values.Length; i++)
        {
            values[part.FirstFeature + i] = there && !RowLayout.IsNull(stored, part.Values[i])
                ? FieldValue.Of(PackedValue.Read(part.View.Row[part.Values[i]].Type, part.Layout.Value(stored, part.Values[i]))).Number
                : double.NaN;
        }
    }
}
