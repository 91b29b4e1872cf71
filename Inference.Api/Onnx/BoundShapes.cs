using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>For which calls of a model memory can be bound before they come: tensors of numbers whose shapes the model declares but for the first dimension, the rows.</summary>
internal sealed class BoundShapes
{
    private readonly OnnxSignature signature;
    private readonly long maxBytes;

    /// <param name="maxRows">More are not bound.</param>
    /// <param name="maxBytes">Of all inputs and outputs of one run.</param>
    public BoundShapes(OnnxSignature signature, int maxRows, long maxBytes)
    {
        (this.signature, this.maxBytes) = (signature, maxBytes);
        MaxRows = Enumerable.Range(1, maxRows).TakeWhile(rows => Fits(rows)).Count();
    }

    /// <summary>0: no call of this model can be bound.</summary>
    public int MaxRows { get; }

    /// <summary>The declared shape with <paramref name="rows"/> where the first dimension is free.</summary>
    public static long[] Of(TensorMetadata declared, long rows) => declared.Shape[0] == -1 ? [rows, .. declared.Shape.AsSpan(1)] : declared.Shape;

    /// <returns>The rows of a call with all outputs in the model's order; 0 when it cannot be bound.</returns>
    public int RowsOf(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs) =>
        MaxRows > 0 && inputs[0].Shape is [> 0 and var rows, ..] && rows <= MaxRows && AreDeclared(inputs, rows) && AreAll(outputs) ? (int)rows : 0;

    private bool Fits(long rows)
    {
        long bytes = 0;
        foreach (var declared in signature.Inputs.Concat(signature.Outputs))
        {
            if (declared.DataType == DataType.Bytes || declared.Shape.Length == 0 || !Shape.TryElementCount(Of(declared, rows), out var elements) || elements is 0 || elements > maxBytes)
            {
                return false;
            }

            bytes += elements * declared.DataType.ElementBytes();
        }

        return bytes <= maxBytes && signature.Inputs.Count > 0;
    }

    private bool AreDeclared(IReadOnlyList<Tensor> inputs, long rows)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var (declared, shape) = (signature.Inputs[i], inputs[i].Shape);
            if (inputs[i].Name != declared.Name || !Shape.Fits(declared.Shape, shape) || (declared.Shape[0] == -1 && shape[0] != rows))
            {
                return false;
            }
        }

        return true;
    }

    private bool AreAll(IReadOnlyList<string> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Count != signature.Outputs.Count || outputs[i] != signature.Outputs[i].Name)
            {
                return false;
            }
        }

        return true;
    }
}
