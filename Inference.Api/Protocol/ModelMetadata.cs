namespace MlAspire.Inference.Api.Protocol;

/// <summary>The answer to a model metadata request.</summary>
/// <param name="Versions">The versions that can be asked for, ascending; only the one that was asked for when the request named one.</param>
internal sealed record ModelMetadata(string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs)
{
    /// <summary>Of the version that answers.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
}
