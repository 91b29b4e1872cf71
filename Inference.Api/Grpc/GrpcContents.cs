using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Reads the typed contents of an input. FP16 and BF16 have no field there: they travel raw only.</summary>
internal static class GrpcContents
{
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: elements in another field than the datatype's, too few or too many, more than an array holds, or out of its range.</exception>
    public static ReadOnlyMemory<byte> Read(InferTensorContents? contents, DataType type, long count, string field)
    {
        contents ??= new InferTensorContents();
        var expected = FieldOf(type) ?? throw TensorCheck.Invalid($"{type.Name()} has no contents; send it in raw_input_contents", $"{field}.contents");
        var found = 0;
        foreach (var (name, length) in Lengths(contents))
        {
            if (name == expected)
            {
                found = length;
            }
            else if (length > 0)
            {
                throw TensorCheck.Invalid($"the elements of {type.Name()} belong into {expected}", $"{field}.contents.{name}");
            }
        }

        if (found != count)
        {
            throw TensorCheck.Invalid($"{found} elements, the shape calls for {count}", $"{field}.contents.{expected}");
        }

        TensorCheck.RequireArray(type, count, field);
        return Convert(contents, type, $"{field}.contents.{expected}");
    }

    private static ReadOnlyMemory<byte> Convert(InferTensorContents contents, DataType type, string field) => type switch
    {
        DataType.Bool => Each(contents.BoolContents, static value => value ? (byte)1 : (byte)0),
        DataType.UInt8 => Narrow<uint, byte>(contents.UintContents, field),
        DataType.UInt16 => Narrow<uint, ushort>(contents.UintContents, field),
        DataType.UInt32 => Each(contents.UintContents, static value => value),
        DataType.UInt64 => Each(contents.Uint64Contents, static value => value),
        DataType.Int8 => Narrow<int, sbyte>(contents.IntContents, field),
        DataType.Int16 => Narrow<int, short>(contents.IntContents, field),
        DataType.Int32 => Each(contents.IntContents, static value => value),
        DataType.Int64 => Each(contents.Int64Contents, static value => value),
        DataType.Fp32 => Each(contents.Fp32Contents, static value => value),
        DataType.Fp64 => Each(contents.Fp64Contents, static value => value),
        _ => Strings(contents.BytesContents, field),
    };

    private static string? FieldOf(DataType type) => type switch
    {
        DataType.Bool => "bool_contents",
        DataType.Int8 or DataType.Int16 or DataType.Int32 => "int_contents",
        DataType.Int64 => "int64_contents",
        DataType.UInt8 or DataType.UInt16 or DataType.UInt32 => "uint_contents",
        DataType.UInt64 => "uint64_contents",
        DataType.Fp32 => "fp32_contents",
        DataType.Fp64 => "fp64_contents",
        DataType.Bytes => "bytes_contents",
        _ => null,
    };

    private static ReadOnlySpan<(string Name, int Length)> Lengths(InferTensorContents contents) => new[]
    {
        ("bool_contents", contents.BoolContents.Count), ("int_contents", contents.IntContents.Count), ("int64_contents", contents.Int64Contents.Count),
        ("uint_contents", contents.UintContents.Count), ("uint64_contents", contents.Uint64Contents.Count), ("fp32_contents", contents.Fp32Contents.Count),
        ("fp64_contents", contents.Fp64Contents.Count), ("bytes_contents", contents.BytesContents.Count),
    };

    private static byte[] Each<TFrom, T>(RepeatedField<TFrom> values, Func<TFrom, T> convert)
        where T : unmanaged
    {
        var bytes = GC.AllocateUninitializedArray<byte>(values.Count * Unsafe.SizeOf<T>());
        var elements = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = convert(values[i]);
        }

        return bytes;
    }

    private static byte[] Narrow<TFrom, T>(RepeatedField<TFrom> values, string field)
        where TFrom : IBinaryInteger<TFrom>
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (TFrom.CreateTruncating(T.CreateTruncating(values[i])) != values[i])
            {
                throw TensorCheck.Invalid("the number is out of the datatype's range", $"{field}[{i}]");
            }
        }

        return Each(values, T.CreateTruncating);
    }

    private static byte[] Strings(RepeatedField<ByteString> values, string field)
    {
        var total = values.Sum(value => (long)sizeof(uint) + value.Length);
        if (total > Array.MaxLength)
        {
            throw TensorCheck.Invalid($"more than {Array.MaxLength} bytes", field);
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)total);
        var rest = bytes.AsSpan();
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)value.Length);
            value.Span.CopyTo(rest[sizeof(uint)..]);
            rest = rest[(sizeof(uint) + value.Length)..];
        }

        return bytes;
    }
}
