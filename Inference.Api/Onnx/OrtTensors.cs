using System.Buffers;
using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Between <see cref="Tensor"/> and <see cref="OrtValue"/>: numbers share memory in both directions, strings are copied.</summary>
internal static unsafe class OrtTensors
{
    /// <summary>Of all outputs of a run together: 2 GiB less 1 MiB. A span counts to 2 GiB, and so does the message of gRPC around them.</summary>
    public const long MaxOutputBytes = (1L << 31) - (1 << 20);

    /// <param name="pin">Keeps the tensor's memory in place; dispose after the value.</param>
    public static OrtValue ToOrtValue(Tensor tensor, out MemoryHandle pin)
    {
        pin = default;
        if (tensor.DataType == DataType.Bytes)
        {
            return ToStrings(tensor);
        }

        var data = Aligned(tensor);
        pin = data.Pin();
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, OnnxTypes.ToOnnx(tensor.DataType), tensor.Shape, (nint)pin.Pointer, tensor.Data.Length);
    }

    /// <summary>Takes over <paramref name="values"/>.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the outputs are larger than <see cref="MaxOutputBytes"/>.</exception>
    public static RunOutputs ToOutputs(IDisposableReadOnlyCollection<OrtValue> values, IReadOnlyList<string> names)
    {
        try
        {
            var tensors = new Tensor[names.Count];
            var left = MaxOutputBytes;
            for (var i = 0; i < tensors.Length; i++)
            {
                tensors[i] = ToTensor(names[i], values[i], left);
                left -= tensors[i].Data.Length;
            }

            return new RunOutputs(tensors, values);
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <summary>Checks that an output of so many elements fits in <paramref name="left"/> bytes: ONNX Runtime's C# API would cut its length to 32 bits.</summary>
    /// <exception cref="ServiceError">InvalidArgument: it does not; what the request asked for is too large.</exception>
    public static void RequireRoom(string name, long elements, DataType dataType, long left)
    {
        if (elements > left / (dataType == DataType.Bytes ? sizeof(uint) : dataType.ElementBytes()))
        {
            throw TooLarge(name, elements, dataType);
        }
    }

    /// <param name="left">Bytes that the output may take.</param>
    /// <exception cref="ServiceError">InvalidArgument: it takes more.</exception>
    public static Tensor ToTensor(string name, OrtValue value, long left)
    {
        var type = value.GetTensorTypeAndShape();
        if (!OnnxTypes.TryToV2(type.ElementDataType, out var dataType))
        {
            throw new InvalidOperationException($"output '{name}' came back as {type.ElementDataType}, not as declared");
        }

        RequireRoom(name, type.ElementCount, dataType, left);
        var data = type.ElementCount == 0 ? ReadOnlyMemory<byte>.Empty
            : dataType == DataType.Bytes ? FromStrings(name, value, (int)type.ElementCount, left)
            : new OrtMemory(value).Memory;
        return new Tensor(name, dataType, type.Shape, data);
    }

    /// <summary>The tensor's own memory when it is aligned to its element, as it nearly always is; else a copy: in a V2 binary body a tensor may start at any byte.</summary>
    private static ReadOnlyMemory<byte> Aligned(Tensor tensor)
    {
        if (tensor.Data.IsEmpty)
        {
            return new byte[sizeof(ulong)];
        }

        using var pin = tensor.Data.Pin();
        return (nuint)pin.Pointer % (nuint)tensor.DataType.ElementBytes() == 0 ? tensor.Data : tensor.Data.ToArray();
    }

    private static OrtValue ToStrings(Tensor tensor)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.Shape);
        var rest = tensor.Data.Span;
        for (var i = 0; TensorBytes.TryNext(ref rest, out var element); i++)
        {
            value.StringTensorSetElementAt(element, i);
        }

        return value;
    }

    private static byte[] FromStrings(string name, OrtValue value, int count, long left)
    {
        long bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += sizeof(uint) + value.GetStringElementAsSpan(i).Length;
        }

        if (bytes > left)
        {
            throw TooLarge(name, count, DataType.Bytes);
        }

        var data = GC.AllocateUninitializedArray<byte>((int)bytes);
        var rest = data.AsSpan();
        for (var i = 0; i < count; i++)
        {
            var element = value.GetStringElementAsSpan(i);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)element.Length);
            element.CopyTo(rest[sizeof(uint)..]);
            rest = rest[(sizeof(uint) + element.Length)..];
        }

        return data;
    }

    private static ServiceError TooLarge(string name, long elements, DataType dataType) =>
        new(ErrorCode.InvalidArgument, $"the outputs are larger than {MaxOutputBytes} bytes: output '{name}' has {elements} elements of {dataType.Name()}", "inputs");
}
