namespace MlAspire.Inference.Api.Protocol;

/// <summary>What a model says about one input or output. <paramref name="Shape"/> includes the batch dimension; -1 = any.</summary>
internal sealed record TensorMetadata(string Name, DataType DataType, long[] Shape);
