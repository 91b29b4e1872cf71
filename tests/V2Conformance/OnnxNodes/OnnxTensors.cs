using System.Buffers.Binary;
using System.Text;
using MlAspire.Testing.Onnx;
using MlAspire.V2Conformance.Onnx;

namespace MlAspire.V2Conformance;

/// <summary>Tensors of the ONNX standard's files in the words of a case.</summary>
internal static class OnnxTensors
{
    private static string? Datatype(int elementType) => ConformanceModels.Types.FirstOrDefault(pair => (int)pair.Value == elementType).Key;

    /// <param name="declared">What the model says of the input or output. The file of a tensor may bear another name, and calls BFLOAT16 UINT16, which has the same bits.</param>
    /// <exception cref="NotSupportedException">V2 has no name for the element type.</exception>
    public static V2Tensor Read(ValueInfoProto declared, TensorProto tensor)
    {
        var datatype = Datatype(declared.Type.TensorType.ElemType) ?? throw new NotSupportedException($"V2 has no datatype for ONNX's element type {declared.Type.TensorType.ElemType}");
        return new V2Tensor(declared.Name, datatype, [.. tensor.Dims], [.. tensor.RawData.IsEmpty ? Typed(declared.Type.TensorType.ElemType, tensor) : Raw(datatype, tensor.RawData.ToByteArray())]);
    }

    /// <summary>The elements of a tensor in the layout of V2's binary extension, which for numbers is that of ONNX's raw_data too.</summary>
    public static IEnumerable<object> Raw(string datatype, byte[] bytes)
    {
        if (datatype == "BYTES")
        {
            for (var start = 0; start < bytes.Length;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(start));
                yield return Encoding.UTF8.GetString(bytes, start + sizeof(int), length);
                start += sizeof(int) + length;
            }

            yield break;
        }

        var size = ElementBytes.Size(datatype);
        for (var start = 0; start < bytes.Length; start += size)
        {
            yield return Element(datatype, bytes.AsSpan(start, size));
        }
    }

    private static object Element(string datatype, ReadOnlySpan<byte> bytes) => datatype switch
    {
        "BOOL" => bytes[0] != 0,
        "UINT8" => (long)bytes[0],
        "INT8" => (long)(sbyte)bytes[0],
        "UINT16" => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "INT16" => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "UINT32" => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "INT32" => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "UINT64" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        "INT64" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "FP16" => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "BF16" => BFloat16(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        "FP32" => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static IEnumerable<object> Typed(int elementType, TensorProto tensor) => (OnnxType)elementType switch
    {
        OnnxType.F32 => tensor.FloatData.Select(value => (object)(double)value),
        OnnxType.F64 => tensor.DoubleData.Select(value => (object)value),
        OnnxType.I64 => tensor.Int64Data.Select(value => (object)value),
        OnnxType.U64 => tensor.Uint64Data.Select(value => (object)value),
        OnnxType.U32 => tensor.Uint64Data.Select(value => (object)(long)value),
        OnnxType.Str => tensor.StringData.Select(value => (object)value.ToStringUtf8()),
        OnnxType.Bool => tensor.Int32Data.Select(value => (object)(value != 0)),
        OnnxType.F16 => tensor.Int32Data.Select(value => (object)(double)BitConverter.UInt16BitsToHalf((ushort)value)),
        OnnxType.BF16 => tensor.Int32Data.Select(value => (object)BFloat16((ushort)value)),
        _ => tensor.Int32Data.Select(value => (object)(long)value),
    };

    private static double BFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
