using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Writes a tensor's elements as a flat JSON array.</summary>
internal static class JsonTensorWriter
{
    /// <summary>Of an answer, 1 GiB less 32 MiB: it is made as a whole before it is sent, in an array that doubles up to 1 GiB.</summary>
    public const long MaxJsonBytes = (1 << 30) - (32 << 20);

    /// <summary>Of one string: more is not written by <see cref="Utf8JsonWriter"/>.</summary>
    public const int MaxStringBytes = 166_666_666;

    private const int CheckedElements = 1 << 20;

    /// <exception cref="ServiceError">InvalidArgument: a BYTES element is not UTF-8, so that JSON cannot hold it, or longer than <see cref="MaxStringBytes"/>, or the answer is larger than <see cref="MaxJsonBytes"/>.</exception>
    public static void Write(Utf8JsonWriter writer, Tensor tensor)
    {
        var data = tensor.Data.Span;
        writer.WriteStartArray();
        switch (tensor.DataType)
        {
            case DataType.Bool: Each<byte>(writer, data, static (writer, value) => writer.WriteBooleanValue(value != 0)); break;
            case DataType.UInt8: Each<byte>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.UInt16: Each<ushort>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.UInt32: Each<uint>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.UInt64: Each<ulong>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.Int8: Each<sbyte>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.Int16: Each<short>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.Int32: Each<int>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.Int64: Each<long>(writer, data, static (writer, value) => writer.WriteNumberValue(value)); break;
            case DataType.Fp16: Each<Half>(writer, data, static (writer, value) => JsonElements.Write(writer, (float)value)); break;
            case DataType.Bf16: Each<ushort>(writer, data, static (writer, value) => JsonElements.Write(writer, BFloat16.ToSingle(value))); break;
            case DataType.Fp32: Each<float>(writer, data, JsonElements.Write); break;
            case DataType.Fp64: Each<double>(writer, data, JsonElements.Write); break;
            case DataType.Bytes: EachString(writer, tensor.Name, data); break;
            default: throw new ArgumentOutOfRangeException(nameof(tensor));
        }

        writer.WriteEndArray();
    }

    private static void Each<T>(Utf8JsonWriter writer, ReadOnlySpan<byte> data, Action<Utf8JsonWriter, T> write)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(data);
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, CheckedElements)];
            foreach (var value in part)
            {
                write(writer, value);
            }

            RequireRoom(writer);
            values = values[part.Length..];
        }
    }

    private static void EachString(Utf8JsonWriter writer, string output, ReadOnlySpan<byte> data)
    {
        for (var index = 0; TensorBytes.TryNext(ref data, out var element); index++)
        {
            if (!Utf8.IsValid(element))
            {
                throw new ServiceError(ErrorCode.InvalidArgument, $"element {index} of output '{output}' is not UTF-8; ask for the output with binary_data", "outputs");
            }

            if (element.Length > MaxStringBytes)
            {
                throw new ServiceError(ErrorCode.InvalidArgument, $"element {index} of output '{output}' has {element.Length} bytes, in JSON at most {MaxStringBytes}; ask for the output with binary_data", "outputs");
            }

            writer.WriteStringValue(element);
            RequireRoom(writer);
        }
    }

    private static void RequireRoom(Utf8JsonWriter writer)
    {
        if (writer.BytesCommitted + writer.BytesPending > MaxJsonBytes)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"the answer is more than {MaxJsonBytes} bytes of JSON; ask for large outputs with binary_data", "outputs");
        }
    }
}
