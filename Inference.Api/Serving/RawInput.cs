using System.Buffers.Binary;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>A request that is nothing but the bytes of a model's only input: the raw request of Triton's binary tensor extension.</summary>
internal static class RawInput
{
    /// <param name="body">The input's bytes; for BYTES the one string itself, without a length in front.</param>
    /// <returns>The input. A batching model gets one row; the one variable dimension, if there is one, follows from the number of bytes.</returns>
    /// <exception cref="ServiceError">InvalidArgument: the model has several inputs or variable dimensions, or the bytes do not divide.</exception>
    public static Tensor Read(LoadedModel model, ReadOnlyMemory<byte> body, TensorCheck check)
    {
        if (model.Signature.Inputs is not [var input])
        {
            throw TensorCheck.Invalid($"a raw request needs a model with one input; '{model.Name}' has {model.Signature.Inputs.Count}", "body");
        }

        long[] shape = [.. input.Shape];
        if (model.Config.MaxBatchSize > 0)
        {
            shape[0] = 1;
        }

        if (shape.Count(dimension => dimension == -1) > 1)
        {
            throw TensorCheck.Invalid($"a raw request needs an input with at most one variable dimension; '{input.Name}' is {Shape.Text(input.Shape)}", "body");
        }

        return input.DataType == DataType.Bytes ? OneString(input, shape, body, check) : check.FromBytes(input.Name, input.DataType, Resolve(input, shape, body.Length), body, "body");
    }

    private static Tensor OneString(TensorMetadata input, long[] shape, ReadOnlyMemory<byte> body, TensorCheck check)
    {
        var element = new byte[sizeof(uint) + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(element, (uint)body.Length);
        body.Span.CopyTo(element.AsSpan(sizeof(uint)));
        return check.FromBytes(input.Name, input.DataType, [.. shape.Select(dimension => dimension == -1 ? 1 : dimension)], element, "body");
    }

    private static long[] Resolve(TensorMetadata input, long[] shape, int bytes)
    {
        var variable = Array.IndexOf(shape, -1);
        if (variable < 0)
        {
            return shape;
        }

        shape[variable] = 1;
        var unit = Shape.TryElementCount(shape, out var count) ? count * input.DataType.ElementBytes() : 0;
        shape[variable] = unit > 0 && bytes % unit == 0 ? bytes / unit
            : throw TensorCheck.Invalid($"{bytes} bytes are no whole number of elements for {input.DataType.Name()} {Shape.Text(input.Shape)}", "body");
        return shape;
    }
}
