using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Rows;

/// <summary>One value of a row as bytes, little endian.</summary>
/// <remarks>
/// In memory a STRING is a string, INT32 int, INT64 long, FLOAT float, DOUBLE double, BOOL bool, BYTES byte[], UNIX_TIMESTAMP long (seconds since 1970), a list an array of these.
/// A list is its elements side by side; each STRING or BYTES in one has its length before it, u32. MemoryMarshal reads as little endian because every processor .NET 10 is supported on here is.
/// </remarks>
internal static class PackedValue
{
    /// <summary>An array that can hold a column of such values.</summary>
    public static Array Column(FieldType type, int rows) => type switch
    {
        FieldType.String => new string[rows],
        FieldType.Int32 => new int[rows],
        FieldType.Int64 or FieldType.UnixTimestamp => new long[rows],
        FieldType.Float => new float[rows],
        FieldType.Double => new double[rows],
        FieldType.Bool => new bool[rows],
        FieldType.Bytes => new byte[rows][],
        FieldType.StringList => new string[rows][],
        FieldType.Int32List => new int[rows][],
        FieldType.Int64List or FieldType.UnixTimestampList => new long[rows][],
        FieldType.FloatList => new float[rows][],
        FieldType.DoubleList => new double[rows][],
        FieldType.BoolList => new bool[rows][],
        FieldType.BytesList => new byte[rows][][],
        _ => throw Unknown(type),
    };

    /// <summary>The bytes of the value.</summary>
    public static byte[] Bytes(FieldType type, object value)
    {
        var bytes = new byte[FieldTypes.SizeBytes(type) is > 0 and var size ? size : SizeBytes(type, value)];
        Write(type, value, bytes);
        return bytes;
    }

    /// <summary>The value of these bytes.</summary>
    public static object Read(FieldType type, ReadOnlySpan<byte> bytes)
    {
        var column = Column(type, 1);
        Read(type, bytes, column, 0);
        return column.GetValue(0)!;
    }

    /// <summary>Bytes of a value that is as long as it is.</summary>
    public static int SizeBytes(FieldType type, object value) => type switch
    {
        FieldType.String => Encoding.UTF8.GetByteCount((string)value),
        FieldType.Bytes => ((byte[])value).Length,
        FieldType.StringList => ((string[])value).Sum(text => sizeof(uint) + Encoding.UTF8.GetByteCount(text)),
        FieldType.BytesList => ((byte[][])value).Sum(bytes => sizeof(uint) + bytes.Length),
        _ => ((Array)value).Length * FieldTypes.SizeBytes(FieldTypes.ElementOf(type)),
    };

    /// <summary>Writes the value to the start of <paramref name="to"/>, which has room for it.</summary>
    public static void Write(FieldType type, object value, Span<byte> to)
    {
        switch (value)
        {
            case string text: Encoding.UTF8.GetBytes(text, to); break;
            case int number: BinaryPrimitives.WriteInt32LittleEndian(to, number); break;
            case long number: BinaryPrimitives.WriteInt64LittleEndian(to, number); break;
            case float number: BinaryPrimitives.WriteSingleLittleEndian(to, number); break;
            case double number: BinaryPrimitives.WriteDoubleLittleEndian(to, number); break;
            case bool flag: to[0] = flag ? (byte)1 : (byte)0; break;
            case byte[] bytes: bytes.CopyTo(to); break;
            case string[] texts: WriteParts(Array.ConvertAll(texts, Encoding.UTF8.GetBytes), to); break;
            case byte[][] parts: WriteParts(parts, to); break;
            case int[] numbers: MemoryMarshal.AsBytes(numbers.AsSpan()).CopyTo(to); break;
            case long[] numbers: MemoryMarshal.AsBytes(numbers.AsSpan()).CopyTo(to); break;
            case float[] numbers: MemoryMarshal.AsBytes(numbers.AsSpan()).CopyTo(to); break;
            case double[] numbers: MemoryMarshal.AsBytes(numbers.AsSpan()).CopyTo(to); break;
            case bool[] flags: MemoryMarshal.AsBytes(flags.AsSpan()).CopyTo(to); break;
            default: throw Unknown(type);
        }
    }

    /// <summary>Reads the value into a place of a <see cref="Column"/> of its type.</summary>
    public static void Read(FieldType type, ReadOnlySpan<byte> bytes, Array column, int row)
    {
        switch (type)
        {
            case FieldType.String: ((string[])column)[row] = Encoding.UTF8.GetString(bytes); break;
            case FieldType.Int32: ((int[])column)[row] = BinaryPrimitives.ReadInt32LittleEndian(bytes); break;
            case FieldType.Int64 or FieldType.UnixTimestamp: ((long[])column)[row] = BinaryPrimitives.ReadInt64LittleEndian(bytes); break;
            case FieldType.Float: ((float[])column)[row] = BinaryPrimitives.ReadSingleLittleEndian(bytes); break;
            case FieldType.Double: ((double[])column)[row] = BinaryPrimitives.ReadDoubleLittleEndian(bytes); break;
            case FieldType.Bool: ((bool[])column)[row] = bytes[0] != 0; break;
            case FieldType.Bytes: ((byte[][])column)[row] = bytes.ToArray(); break;
            case FieldType.StringList: ((string[][])column)[row] = [.. Parts(bytes).Select(part => Encoding.UTF8.GetString(part))]; break;
            case FieldType.BytesList: ((byte[][][])column)[row] = [.. Parts(bytes)]; break;
            case FieldType.Int32List: ((int[][])column)[row] = MemoryMarshal.Cast<byte, int>(bytes).ToArray(); break;
            case FieldType.Int64List or FieldType.UnixTimestampList: ((long[][])column)[row] = MemoryMarshal.Cast<byte, long>(bytes).ToArray(); break;
            case FieldType.FloatList: ((float[][])column)[row] = MemoryMarshal.Cast<byte, float>(bytes).ToArray(); break;
            case FieldType.DoubleList: ((double[][])column)[row] = MemoryMarshal.Cast<byte, double>(bytes).ToArray(); break;
            case FieldType.BoolList: ((bool[][])column)[row] = Array.ConvertAll(bytes.ToArray(), flag => flag != 0); break;
            default: throw Unknown(type);
        }
    }

    /// <summary>False when these cannot be the bytes of such a value in the variable part.</summary>
    public static bool IsValid(FieldType type, ReadOnlySpan<byte> bytes) => type switch
    {
        FieldType.String or FieldType.Bytes => true,
        FieldType.StringList or FieldType.BytesList => ArePartsValid(bytes),
        _ => bytes.Length % FieldTypes.SizeBytes(FieldTypes.ElementOf(type)) == 0,
    };

    private static void WriteParts(byte[][] parts, Span<byte> to)
    {
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to, (uint)part.Length);
            part.CopyTo(to[sizeof(uint)..]);
            to = to[(sizeof(uint) + part.Length)..];
        }
    }

    private static List<byte[]> Parts(ReadOnlySpan<byte> bytes)
    {
        var parts = new List<byte[]>();
        while (bytes.Length > 0)
        {
            var end = sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            parts.Add(bytes[sizeof(uint)..end].ToArray());
            bytes = bytes[end..];
        }
        return parts;
    }

    private static bool ArePartsValid(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length <= bytes.Length - sizeof(uint))
        {
            bytes = bytes[(sizeof(uint) + (int)length)..];
        }
        return bytes.Length == 0;
    }

    private static InvalidOperationException Unknown(FieldType type) => new($"No bytes are defined for {type}.");
}
