using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads the <c>data</c> of a JSON input: row-major, flat or nested. The nesting is not compared with the shape (the protocol allows both, and so does Triton); the number of elements is.</summary>
internal static class JsonTensorReader
{
    /// <param name="reader">On the first token of the value; ends on its last.</param>
    /// <param name="count">Elements that the shape calls for.</param>
    /// <param name="field"><c>inputs[0].data</c></param>
    /// <exception cref="ServiceError">InvalidArgument: names the element.</exception>
    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, DataType type, long count, string field) => type switch
    {
        DataType.Bool => Read<bool>(ref reader, type, count, field, JsonElements.ReadBool),
        DataType.UInt8 => Read<byte>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.UInt16 => Read<ushort>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.UInt32 => Read<uint>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.UInt64 => Read<ulong>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.Int8 => Read<sbyte>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.Int16 => Read<short>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.Int32 => Read<int>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.Int64 => Read<long>(ref reader, type, count, field, JsonElements.ReadInteger),
        DataType.Fp16 => Read<Half>(ref reader, type, count, field, JsonElements.ReadHalf),
        DataType.Bf16 => Read<ushort>(ref reader, type, count, field, JsonElements.ReadBFloat16),
        DataType.Fp32 => Read<float>(ref reader, type, count, field, JsonElements.ReadSingle),
        DataType.Fp64 => Read<double>(ref reader, type, count, field, JsonElements.ReadDouble),
        DataType.Bytes => ReadStrings(ref reader, count, field),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static byte[] Read<T>(ref Utf8JsonReader reader, DataType type, long count, string field, ReadElement<T> read)
        where T : unmanaged
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)(count * type.ElementBytes())));
        var elements = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        var start = reader.CurrentDepth;
        long index = 0;
        do
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray)
            {
                continue;
            }

            if (index == count)
            {
                throw TooMany(count, field);
            }

            if (!read(ref reader, out elements[(int)index]))
            {
                throw WrongKind(ref reader, type, $"{field}[{index}]");
            }

            index++;
        }
        while (!Ended(ref reader, start) && reader.Read());
        return index == count ? bytes : throw TooFew(index, count, field);
    }

    private static ReadOnlyMemory<byte> ReadStrings(ref Utf8JsonReader reader, long count, string field)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var start = reader.CurrentDepth;
        long index = 0;
        do
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray)
            {
                continue;
            }

            if (index == count)
            {
                throw TooMany(count, field);
            }

            if (reader.TokenType != JsonTokenType.String)
            {
                throw WrongKind(ref reader, DataType.Bytes, $"{field}[{index}]");
            }

            WriteElement(ref reader, bytes, $"{field}[{index}]");
            index++;
        }
        while (!Ended(ref reader, start) && reader.Read());
        return index == count ? bytes.WrittenMemory : throw TooFew(index, count, field);
    }

    private static void WriteElement(ref Utf8JsonReader reader, ArrayBufferWriter<byte> bytes, string field)
    {
        var room = bytes.GetSpan(sizeof(uint) + reader.ValueSpan.Length);
        try
        {
            var written = reader.CopyString(room[sizeof(uint)..]);
            BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)written);
            bytes.Advance(sizeof(uint) + written);
        }
        catch (InvalidOperationException)
        {
            throw TensorCheck.Invalid("the string is not valid Unicode", field);
        }
    }

    /// <summary>True on the array's own end, or at once for a value that is no array.</summary>
    private static bool Ended(ref Utf8JsonReader reader, int start) => reader.CurrentDepth == start && reader.TokenType != JsonTokenType.StartArray;

    private static ServiceError TooMany(long count, string field) => TensorCheck.Invalid($"more elements than the shape's {count}", field);

    private static ServiceError TooFew(long index, long count, string field) => TensorCheck.Invalid($"{index} elements, the shape calls for {count}", field);

    private static ServiceError WrongKind(ref Utf8JsonReader reader, DataType type, string field) =>
        TensorCheck.Invalid($"a {Kind(reader.TokenType)} that is not, or does not fit, {type.Name()}", field);

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.Number => "number",
        JsonTokenType.String => "string",
        JsonTokenType.True or JsonTokenType.False => "boolean",
        JsonTokenType.Null => "null",
        _ => "object",
    };
}
