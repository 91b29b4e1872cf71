using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Feast;

/// <summary>A value as Feast's protobuf message <c>feast.types.Value</c>: 12.5 is <c>29 00 00 00 00 00 00 29 40</c>, null <c>98 01 00</c>.</summary>
/// <remarks>Source: <see href="https://github.com/feast-dev/feast/blob/master/protos/feast/types/Value.proto">Feast, Value.proto</see>.</remarks>
internal static class FeastValue
{
    private const int Null = 19;

    private static readonly FieldType[] Scalars = [FieldType.Bytes, FieldType.String, FieldType.Int32, FieldType.Int64, FieldType.Double, FieldType.Float, FieldType.Bool, FieldType.UnixTimestamp];

    /// <summary>The message.</summary>
    /// <param name="value">As <see cref="PackedValue"/> has it; null = null.</param>
    public static byte[] Encode(FieldType type, object? value)
    {
        var message = new ArrayBufferWriter<byte>();
        if (value is null)
        {
            ProtoBytes.WriteTag(message, Null, ProtoBytes.Varint);
            ProtoBytes.WriteVarint(message, 0);
        }
        else if (FieldTypes.IsList(type))
        {
            ProtoBytes.WriteBytes(message, FieldOf(type), List(FieldTypes.ElementOf(type), (Array)value));
        }
        else
        {
            Write(message, FieldOf(type), type, value);
        }
        return message.WrittenSpan.ToArray();
    }

    /// <summary>The value; null when the message says so, is empty or holds a number that is not finite, which nothing behind the store takes.</summary>
    /// <exception cref="InvalidDataException">It is no message, or of another type.</exception>
    public static object? Decode(FieldType type, ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
        {
            return null;
        }
        var ((field, _), number) = ProtoBytes.ReadField(ref message, out var bytes);
        if (field == Null)
        {
            return null;
        }
        if (field != FieldOf(type))
        {
            throw new InvalidDataException($"The value is of the field {field}, and not a {FieldTypes.Name(type)}.");
        }
        var value = FieldTypes.IsList(type) ? Elements(FieldTypes.ElementOf(type), bytes) : Scalar(type, number, bytes);
        return IsFinite(value) ? value : null;
    }

    private static bool IsFinite(object value) => value switch
    {
        double number => double.IsFinite(number),
        float number => float.IsFinite(number),
        double[] numbers => Array.TrueForAll(numbers, double.IsFinite),
        float[] numbers => Array.TrueForAll(numbers, float.IsFinite),
        _ => true,
    };

    /// <summary>1 to 8 for the scalars in their order, 11 to 18 for their lists.</summary>
    private static int FieldOf(FieldType type) => Array.IndexOf(Scalars, FieldTypes.ElementOf(type)) + (FieldTypes.IsList(type) ? 11 : 1);

    private static void Write(ArrayBufferWriter<byte> to, int field, FieldType type, object value)
    {
        if (type is FieldType.String or FieldType.Bytes)
        {
            ProtoBytes.WriteBytes(to, field, PackedValue.Bytes(type, value));
        }
        else
        {
            ProtoBytes.WriteTag(to, field, type switch { FieldType.Double => ProtoBytes.Fixed64, FieldType.Float => ProtoBytes.Fixed32, _ => ProtoBytes.Varint });
            WriteNumber(to, value);
        }
    }

    private static void WriteNumber(ArrayBufferWriter<byte> to, object value)
    {
        switch (value)
        {
            case double number: BinaryPrimitives.WriteDoubleLittleEndian(to.GetSpan(sizeof(double)), number); to.Advance(sizeof(double)); break;
            case float number: BinaryPrimitives.WriteSingleLittleEndian(to.GetSpan(sizeof(float)), number); to.Advance(sizeof(float)); break;
            case bool flag: ProtoBytes.WriteVarint(to, flag ? 1UL : 0); break;
            default: ProtoBytes.WriteVarint(to, (ulong)Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    /// <summary>Texts and bytes one by one, numbers packed into one field.</summary>
    private static ReadOnlySpan<byte> List(FieldType element, Array values)
    {
        var list = new ArrayBufferWriter<byte>();
        if (element is FieldType.String or FieldType.Bytes)
        {
            foreach (var value in values)
            {
                Write(list, 1, element, value);
            }
            return list.WrittenSpan;
        }
        var packed = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            WriteNumber(packed, value);
        }
        if (values.Length > 0)
        {
            ProtoBytes.WriteBytes(list, 1, packed.WrittenSpan);
        }
        return list.WrittenSpan;
    }

    private static Array Elements(FieldType element, ReadOnlySpan<byte> list)
    {
        var values = new List<object>();
        while (!list.IsEmpty)
        {
            var (tag, number) = ProtoBytes.ReadField(ref list, out var bytes);
            if (element is FieldType.String or FieldType.Bytes || tag.WireType == ProtoBytes.Varint)
            {
                values.Add(Scalar(element, number, bytes));
            }
            else
            {
                AddPacked(values, element, bytes);
            }
        }
        var column = PackedValue.Column(element, values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            column.SetValue(values[i], i);
        }
        return column;
    }

    private static void AddPacked(List<object> values, FieldType element, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (element is not (FieldType.Float or FieldType.Double))
            {
                values.Add(Scalar(element, ProtoBytes.ReadVarint(ref bytes), default));
                continue;
            }
            var size = FieldTypes.SizeBytes(element);
            if (bytes.Length < size)
            {
                throw new InvalidDataException("A packed number is cut off.");
            }
            values.Add(PackedValue.Read(element, bytes[..size]));
            bytes = bytes[size..];
        }
    }

    private static object Scalar(FieldType type, ulong number, ReadOnlySpan<byte> bytes) => type switch
    {
        FieldType.String => Encoding.UTF8.GetString(bytes),
        FieldType.Bytes => bytes.ToArray(),
        FieldType.Bool => number != 0,
        FieldType.Int32 => (int)number,
        FieldType.Double => BitConverter.UInt64BitsToDouble(number),
        FieldType.Float => BitConverter.UInt32BitsToSingle((uint)number),
        _ => (long)number,
    };
}
