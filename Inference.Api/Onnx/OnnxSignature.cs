using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>The inputs and outputs an ONNX file declares.</summary>
internal sealed record OnnxSignature(IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs)
{
    /// <exception cref="NotSupportedException">A sequence, map or optional, or an element type without a V2 name; the message names it.</exception>
    public static OnnxSignature Of(InferenceSession session) => new(
        [.. session.InputNames.Select(name => Describe("input", name, session.InputMetadata[name]))],
        [.. session.OutputNames.Select(name => Describe("output", name, session.OutputMetadata[name]))]);

    private static TensorMetadata Describe(string kind, string name, NodeMetadata node)
    {
        if (node.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
        {
            throw new NotSupportedException($"{kind} '{name}' is {node.OnnxValueType}; only tensors can travel over V2");
        }

        if (!OnnxTypes.TryToV2(node.ElementDataType, out var dataType))
        {
            throw new NotSupportedException($"{kind} '{name}' has the element type {node.ElementDataType}, which V2 has no name for");
        }

        return new TensorMetadata(name, dataType, [.. node.Dimensions.Select(dimension => (long)dimension)]);
    }
}
