using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>One logged row.</summary>
/// <param name="Order">Position in the log.</param>
/// <param name="UtcTicks">From this moment on it has happened: strictly later moments see it.</param>
/// <param name="Target">Position of what it changes among all targets.</param>
/// <param name="Values">Shape [fields of the target's source].</param>
internal readonly record struct LoggedEvent(long Order, long UtcTicks, int Target, FieldValue[] Values);

/// <summary>By moment, then log order.</summary>
internal sealed class LoggedEventOrder(PushTarget[] targets) : IComparer<LoggedEvent>, IRecordFormat<LoggedEvent>
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
        writer.Write(record.Target);
        var fields = targets[record.Target].Source.Fields;
        for (var i = 0; i < fields.Count; i++)
        {
            writer.Write(record.Values[i].Text);
            writer.Write(record.Values[i].Number);
            if (!targets[record.Target].IsValue(i)) { continue; }
            var stored = record.Values[i].Value is { } value ? PackedValue.Bytes(fields[i].Type, value) : null;
            writer.Write(stored?.Length ?? -1);
            writer.Write(stored ?? []);
        }
    }

    public LoggedEvent Read(BinaryReader reader)
    {
        var (order, ticks, target) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
        var fields = targets[target].Source.Fields;
        var values = new FieldValue[fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = new FieldValue(reader.ReadString(), reader.ReadDouble());
            if (targets[target].IsValue(i) && reader.ReadInt32() is var length and >= 0) { values[i] = values[i] with { Value = PackedValue.Read(fields[i].Type, reader.ReadBytes(length)) }; }
        }
        return new LoggedEvent(order, ticks, target, values);
    }
}
