using Microsoft.ML.OnnxRuntime.Tensors;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>ONNX Runtime's element types as V2's. Complex, 4-bit and 8-bit float types have no V2 name.</summary>
internal static class OnnxTypes
{
    private static readonly (TensorElementType Onnx, DataType V2)[] Pairs =
    [
        (TensorElementType.Bool, DataType.Bool),
        (TensorElementType.UInt8, DataType.UInt8), (TensorElementType.UInt16, DataType.UInt16), (TensorElementType.UInt32, DataType.UInt32), (TensorElementType.UInt64, DataType.UInt64),
        (TensorElementType.Int8, DataType.Int8), (TensorElementType.Int16, DataType.Int16), (TensorElementType.Int32, DataType.Int32), (TensorElementType.Int64, DataType.Int64),
        (TensorElementType.Float16, DataType.Fp16), (TensorElementType.BFloat16, DataType.Bf16), (TensorElementType.Float, DataType.Fp32), (TensorElementType.Double, DataType.Fp64),
        (TensorElementType.String, DataType.Bytes),
    ];

    private static readonly TensorElementType[] ByDataType = [.. Enum.GetValues<DataType>().Select(type => Pairs.Single(pair => pair.V2 == type).Onnx)];

    public static TensorElementType ToOnnx(DataType type) => ByDataType[(int)type];

    /// <summary>False for an element type that V2 has no name for.</summary>
    public static bool TryToV2(TensorElementType type, out DataType dataType)
    {
        foreach (var (onnx, v2) in Pairs)
        {
            if (onnx == type)
            {
                dataType = v2;
                return true;
            }
        }

        dataType = default;
        return false;
    }
}
