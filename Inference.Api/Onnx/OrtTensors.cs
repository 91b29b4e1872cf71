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
            throw new ServiceError(ErrorCode.InvalidArgument, $"the outputs are larger than {MaxOutputBytes} bytes: output '{name}' has {elements} elements of {dataType.Name()}", "inputs");
        }
    }

    private static Tensor ToTensor(string name, OrtValue value, long left)
    {
        var type = value.GetTensorTypeAndShape();
        if (!OnnxTypes.TryToV2(type.ElementDataType, out var dataType))
        {
            throw new InvalidOperationException($"output '{name}' came back as {type.ElementDataType}, not as declared");
        }

        RequireRoom(name, type.ElementCount, dataType, left);
        var data = type.ElementCount == 0 ? ReadOnlyMemory<byte>.Empty
            : dataType == DataType.Bytes ? FromStrings(value, (int)type.ElementCount)
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

    private static byte[] FromStrings(OrtValue value, int count)
    {
        var data = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            var element = value.GetStringElementAsSpan(i);
            BinaryPrimitives.WriteUInt32LittleEndian(data.GetSpan(sizeof(uint)), (uint)element.Length);
            data.Advance(sizeof(uint));
            data.Write(element);
        }

        return data.WrittenSpan.ToArray();
    }
}
