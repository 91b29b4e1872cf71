namespace MlAspire.Inference.Api.Protocol;

/// <summary>One tensor in the one form that both transports, the batcher and the runner share.</summary>
/// <param name="name">Name of the model's input or output.</param>
/// <param name="dataType">Element type.</param>
/// <param name="shape">Non-negative dimensions.</param>
/// <param name="data">Little-endian, row-major, without padding: the layout of V2's binary tensor extension. BOOL is one byte, 0 or 1;
/// a BYTES element is its length as u32 and then its bytes. The memory belongs to the request or response that holds the tensor.</param>
internal sealed class Tensor(string name, DataType dataType, long[] shape, ReadOnlyMemory<byte> data)
{
    public string Name => name;

    public DataType DataType => dataType;

    public long[] Shape => shape;

    public ReadOnlyMemory<byte> Data => data;

    /// <summary>Elements, not bytes.</summary>
    public long ElementCount { get; } = Protocol.Shape.TryElementCount(shape, out var count) ? count : throw new ArgumentException("a dimension is negative, or there are too many elements", nameof(shape));

    /// <summary>Of all of <paramref name="tensors"/> together.</summary>
    public static long Bytes(IReadOnlyList<Tensor> tensors)
    {
        long bytes = 0;
        for (var i = 0; i < tensors.Count; i++)
        {
            bytes += tensors[i].Data.Length;
        }

        return bytes;
    }
}
