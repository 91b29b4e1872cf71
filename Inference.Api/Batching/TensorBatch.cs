using System.Buffers;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary>Puts tensors together along their first dimension and takes them apart again. Rows are contiguous, so both are plain ranges of bytes.</summary>
internal static class TensorBatch
{
    /// <param name="parts">Same name, datatype and dimensions but for the first.</param>
    /// <param name="rented">The array behind the result; the caller returns it to the shared pool.</param>
    public static Tensor Concatenate(IReadOnlyList<Tensor> parts, out byte[] rented)
    {
        rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, parts.Sum(part => part.Data.Length)));
        long rows = 0;
        var length = 0;
        foreach (var part in parts)
        {
            part.Data.Span.CopyTo(rented.AsSpan(length));
            length += part.Data.Length;
            rows += part.Shape[0];
        }

        return new Tensor(parts[0].Name, parts[0].DataType, [rows, .. parts[0].Shape.AsSpan(1)], rented.AsMemory(0, length));
    }

    /// <summary>True when every output has <paramref name="rows"/> rows, so that <see cref="Split"/> can give each request its own.</summary>
    public static bool CanSplit(RunOutputs outputs, long rows) => outputs.Tensors.All(tensor => tensor.Shape is [var first, ..] && first == rows);

    /// <summary>Each request's rows of the outputs it asked for, in the order it asked. The parts share the memory of <paramref name="whole"/> and keep it alive.</summary>
    /// <returns>One for each of <paramref name="runs"/>.</returns>
    public static IReadOnlyList<RunOutputs> Split(RunOutputs whole, IReadOnlyList<ModelRun> runs)
    {
        var slices = whole.Tensors.ToDictionary(tensor => tensor.Name, tensor => Slices(tensor, runs), StringComparer.Ordinal);
        return [.. runs.Select((run, i) => new RunOutputs([.. run.Outputs.Select(name => slices[name][i])], whole.Share()))];
    }

    private static Tensor[] Slices(Tensor tensor, IReadOnlyList<ModelRun> runs)
    {
        var slices = new Tensor[runs.Count];
        var rest = tensor.Data;
        var rowElements = tensor.Shape[0] == 0 ? 0 : tensor.ElementCount / tensor.Shape[0];
        for (var i = 0; i < slices.Length; i++)
        {
            var bytes = Bytes(tensor.DataType, rest.Span, runs[i].Rows * rowElements);
            slices[i] = new Tensor(tensor.Name, tensor.DataType, [runs[i].Rows, .. tensor.Shape.AsSpan(1)], rest[..bytes]);
            rest = rest[bytes..];
        }

        return slices;
    }

    private static int Bytes(DataType type, ReadOnlySpan<byte> data, long elements)
    {
        if (type != DataType.Bytes)
        {
            return (int)(elements * type.ElementBytes());
        }

        var rest = data;
        for (long i = 0; i < elements; i++)
        {
            TensorBytes.TryNext(ref rest, out _);
        }

        return data.Length - rest.Length;
    }
}
