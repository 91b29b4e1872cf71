using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Rest;

/// <summary>A request as it came over REST.</summary>
/// <param name="BinaryByDefault">The request's <c>binary_data_output</c>.</param>
/// <param name="BinaryByOutput">The outputs that said <c>binary_data</c> themselves, by name.</param>
internal sealed record RestInferRequest(InferRequest Request, bool BinaryByDefault, IReadOnlyDictionary<string, bool> BinaryByOutput)
{
    /// <summary>True when the answer carries this output as bytes after the JSON, not in it.</summary>
    public bool IsBinary(string output) => BinaryByOutput.TryGetValue(output, out var chosen) ? chosen : BinaryByDefault;
}
