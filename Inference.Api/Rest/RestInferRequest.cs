using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Rest;

/// <summary>A request as it came over REST.</summary>
/// <param name="BinaryByDefault">The request's <c>binary_data_output</c>.</param>
/// <param name="Binary">What the outputs that the request names say themselves with <c>binary_data</c>, in their order; null = nothing.</param>
internal sealed record RestInferRequest(InferRequest Request, bool BinaryByDefault, IReadOnlyList<bool?> Binary)
{
    /// <summary>True when the answer carries this output as bytes after the JSON, not in it.</summary>
    /// <param name="output">Its place in the answer, whose outputs have the order in which they were named.</param>
    public bool IsBinary(int output) => (output < Binary.Count ? Binary[output] : null) ?? BinaryByDefault;
}
