using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>What must hold for a tensor of a request before any memory is taken for it, whatever the model.</summary>
internal sealed class TensorCheck(LimitsOptions limits)
{
    /// <summary>Names that one object of a request may have, and parameters that it, an input or an output may have.</summary>
    public const int MaxNames = 1024;

    public LimitsOptions Limits => limits;

    /// <exception cref="ServiceError">InvalidArgument: an unknown name.</exception>
    public static DataType ParseType(string name, string field) =>
        DataTypeNames.TryParse(name, out var type) ? type : throw Invalid($"unknown datatype '{Short(name)}'", $"{field}.datatype");

    /// <returns>The number of elements.</returns>
    /// <exception cref="ServiceError">InvalidArgument: a negative dimension, too many dimensions or elements. Never an overflow.</exception>
    public long CountElements(ReadOnlySpan<long> shape, string field)
    {
        if (shape.Length > limits.MaxRank)
        {
            throw Invalid($"shape has {shape.Length} dimensions, at most {limits.MaxRank} are allowed", $"{field}.shape");
        }

        if (shape.ContainsAnyInRange(long.MinValue, -1))
        {
            throw Invalid($"shape {Shape.Text(shape.ToArray())} has a negative dimension", $"{field}.shape");
        }

        return Shape.TryElementCount(shape, out var count) && count <= limits.MaxElements ? count
            : throw Invalid($"shape {Shape.Text(shape.ToArray())} has more than {limits.MaxElements} elements", $"{field}.shape");
    }

    /// <summary>Checks that so many elements fit into one array: <see cref="LimitsOptions.MaxElements"/> may be set so high that they do not.</summary>
    /// <exception cref="ServiceError">InvalidArgument: they do not.</exception>
    public static void RequireArray(DataType type, long count, string field)
    {
        if (count * type.ElementBytes() > Array.MaxLength)
        {
            throw Invalid($"more than {Array.MaxLength} bytes", $"{field}.shape");
        }
    }

    /// <summary>A tensor over raw bytes.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the bytes are not exactly what datatype and shape call for, or a BOOL is neither 0 nor 1.</exception>
    public Tensor FromBytes(string name, DataType type, long[] shape, ReadOnlyMemory<byte> data, string field)
    {
        var count = CountElements(shape, field);
        if (type == DataType.Bytes)
        {
            var elements = TensorBytes.Count(data.Span);
            return elements == count ? new Tensor(name, type, shape, data)
                : throw Invalid(elements < 0 ? "the last BYTES element is cut short" : $"the data holds {elements} elements, shape {Shape.Text(shape)} calls for {count}", field);
        }

        var expected = count * type.ElementBytes();
        if (data.Length != expected)
        {
            throw Invalid($"the data has {data.Length} bytes, datatype {type.Name()} and shape {Shape.Text(shape)} call for {expected}", field);
        }

        return type != DataType.Bool || !data.Span.ContainsAnyExceptInRange((byte)0, (byte)1) ? new Tensor(name, type, shape, data)
            : throw Invalid("a BOOL must be 0 or 1", field);
    }

    /// <summary>A part of a caller's text that is safe to quote back.</summary>
    public static string Short(string text, int characters = 64) => text.Length <= characters ? text : string.Concat(text.AsSpan(0, characters), "...");

    /// <param name="parameter">Name of a tensor's parameter.</param>
    /// <exception cref="ServiceError">InvalidArgument: the tensor is said to be in shared memory.</exception>
    public static void RefuseSharedMemory(string parameter, string field)
    {
        if (parameter.StartsWith("shared_memory", StringComparison.Ordinal))
        {
            throw Invalid("shared memory is not supported", $"{field}.{Short(parameter)}");
        }
    }

    public static ServiceError Invalid(string message, string field) => new(ErrorCode.InvalidArgument, message, field);
}
