using System.Numerics;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>One input or output of <see cref="ModelConfig"/>.</summary>
/// <param name="DataType"><c>TYPE_FP32</c>; <c>TYPE_STRING</c> is V2's BYTES.</param>
/// <param name="Dims">Of requests and answers, without the batch dimension; -1 = any.</param>
/// <param name="Reshape">Null = the model's own shape is <paramref name="Dims"/> too.</param>
internal abstract record TensorConfig(string Name, string DataType, long[] Dims, TensorReshape? Reshape);

/// <summary>One input of <see cref="ModelConfig"/>.</summary>
/// <param name="Format"><c>FORMAT_NCHW</c> and the like: says of an image's dimensions which is which, and changes nothing.</param>
internal sealed record InputConfig(string Name, string DataType, long[] Dims, TensorReshape? Reshape = null, string? Format = null) : TensorConfig(Name, DataType, Dims, Reshape);

/// <summary>One output of <see cref="ModelConfig"/>.</summary>
/// <param name="LabelFilename">A file beside config.json with one label a line, for classification.</param>
internal sealed record OutputConfig(string Name, string DataType, long[] Dims, TensorReshape? Reshape = null, string? LabelFilename = null) : TensorConfig(Name, DataType, Dims, Reshape);

/// <summary>The model's own shape of an input or output that requests and answers show with another one, <c>dims</c>: the same elements in the same order.</summary>
/// <param name="Shape">Without the batch dimension. Each at least 1, or -1: the first -1 is the first of dims, and so on.</param>
internal sealed record TensorReshape(long[] Shape)
{
    /// <summary>True when it has as many elements as <paramref name="dims"/>, whatever the variable dimensions are: as many of these, and the same product between any two.</summary>
    public bool Holds(long[] dims) => dims.Concat(Shape).All(dimension => dimension is -1 or >= 1) && Products(dims).SequenceEqual(Products(Shape));

    private static IEnumerable<BigInteger> Products(long[] dims)
    {
        var product = BigInteger.One;
        foreach (var dimension in dims)
        {
            if (dimension == -1)
            {
                yield return product;
                product = BigInteger.One;
            }
            else
            {
                product *= dimension;
            }
        }

        yield return product;
    }
}
