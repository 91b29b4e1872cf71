using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>One logged row.</summary>
/// <param name="Order">Position in the log.</param>
/// <param name="UtcTicks">From this moment on it has happened: strictly later moments see it.</param>
/// <param name="Source">Position of its source in the registry.</param>
/// <param name="Values">Shape [fields of the source].</param>
internal readonly record struct LoggedEvent(long Order, long UtcTicks, int Source, FieldValue[] Values);

/// <summary>By moment, then log order.</summary>
internal sealed class LoggedEventOrder(FeatureRegistry registry) : IComparer<LoggedEvent>, IRecordFormat<LoggedEvent>
{
    public int Compare(LoggedEvent x, LoggedEvent y)
    {
        var byMoment = x.UtcTicks.CompareTo(y.UtcTicks);
        return byMoment != 0 ? byMoment : x.Order.CompareTo(y.Order);
    }

    public void Write(BinaryWriter writer, in LoggedEvent record)
    {
        writer.Write(record.Order);
        writer.Write(record.UtcTicks);
        writer.Write(record.Source);
        foreach (var value in record.Values)
        {
            writer.Write(value.Text);
            writer.Write(value.Number);
        }
    }

    public LoggedEvent Read(BinaryReader reader)
    {
        var (order, ticks, source) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
        var values = new FieldValue[registry.Sources[source].Fields.Count];
        for (var i = 0; i < values.Length; i++) { values[i] = new FieldValue(reader.ReadString(), reader.ReadDouble()); }
        return new LoggedEvent(order, ticks, source, values);
    }
}
