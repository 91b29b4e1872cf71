using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>The bytes of an output where ONNX Runtime wrote them, without a copy. Valid until the <see cref="RunOutputs"/> that made it is disposed.</summary>
internal sealed unsafe class OrtMemory : MemoryManager<byte>
{
    private readonly byte* start;
    private readonly int length;

    public OrtMemory(OrtValue value)
    {
        var bytes = value.GetTensorMutableRawData();
        length = bytes.Length;
        start = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(bytes));
    }

    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
