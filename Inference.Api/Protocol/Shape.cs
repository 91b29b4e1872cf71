namespace MlAspire.Inference.Api.Protocol;

/// <summary>Arithmetic on tensor shapes. A shape is row-major, rank 0 (<c>[]</c>) is a scalar, a dimension of 0 is an empty tensor, -1 is "any" in metadata.</summary>
internal static class Shape
{
    /// <summary>The number of elements; 1 for rank 0, 0 when any dimension is 0.</summary>
    /// <returns>False when a dimension is negative, or the product of the dimensions that are not 0 exceeds <see cref="long.MaxValue"/>.</returns>
    public static bool TryElementCount(ReadOnlySpan<long> shape, out long count)
    {
        long product = 1;
        var empty = false;
        count = 0;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
            {
                return false;
            }

            if (dimension == 0)
            {
                empty = true;
            }
            else if (product > long.MaxValue / dimension)
            {
                return false;
            }
            else
            {
                product *= dimension;
            }
        }

        count = empty ? 0 : product;
        return true;
    }

    /// <summary>True when <paramref name="actual"/> has the rank of <paramref name="declared"/> and equals it wherever that is not -1.</summary>
    public static bool Fits(ReadOnlySpan<long> declared, ReadOnlySpan<long> actual)
    {
        if (declared.Length != actual.Length)
        {
            return false;
        }

        for (var axis = 0; axis < declared.Length; axis++)
        {
            if (declared[axis] != -1 && declared[axis] != actual[axis])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>[2,17]</c>.</summary>
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(',', shape)}]";
}
