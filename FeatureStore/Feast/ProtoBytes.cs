using System.Buffers;
using System.Buffers.Binary;

namespace MlAspire.FeatureStore.Feast;

/// <summary>The wire form of protobuf, as far as Feast's values and timestamps need it.</summary>
/// <remarks>Source: <see href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, encoding</see>.</remarks>
internal static class ProtoBytes
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int Bytes = 2;
    public const int Fixed32 = 5;

    public static void WriteTag(ArrayBufferWriter<byte> to, int field, int wireType) => WriteVarint(to, (ulong)(field << 3 | wireType));

    public static void WriteVarint(ArrayBufferWriter<byte> to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.Write([(byte)(value | 0x80)]);
        }
        to.Write([(byte)value]);
    }

    public static void WriteBytes(ArrayBufferWriter<byte> to, int field, ReadOnlySpan<byte> bytes)
    {
        WriteTag(to, field, Bytes);
        WriteVarint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    /// <exception cref="InvalidDataException">It ends within the number.</exception>
    public static ulong ReadVarint(ref ReadOnlySpan<byte> from)
    {
        var value = 0UL;
        for (var (i, shift) = (0, 0); i < from.Length && shift < 64; i++, shift += 7)
        {
            value |= (ulong)(from[i] & 0x7F) << shift;
            if (from[i] >= 0x80)
            {
                continue;
            }
            from = from[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("A varint is cut off.");
    }

    /// <summary>The next field: its number, and the bytes of what is no varint.</summary>
    /// <exception cref="InvalidDataException">It is cut off, or of a wire type that Feast does not use.</exception>
    public static ((int Field, int WireType) Tag, ulong Number) ReadField(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> bytes)
    {
        var tag = ReadVarint(ref from);
        var (field, wireType) = ((int)(tag >> 3), (int)(tag & 7));
        bytes = default;
        if (wireType == Varint)
        {
            return ((field, wireType), ReadVarint(ref from));
        }
        var length = wireType switch { Fixed64 => sizeof(ulong), Fixed32 => sizeof(uint), Bytes => (long)ReadVarint(ref from), _ => -1 };
        if (length < 0 || length > from.Length)
        {
            throw new InvalidDataException("A field is cut off, or of an unknown wire type.");
        }
        bytes = from[..(int)length];
        from = from[(int)length..];
        return ((field, wireType), wireType == Fixed64 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : wireType == Fixed32 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0);
    }
}
