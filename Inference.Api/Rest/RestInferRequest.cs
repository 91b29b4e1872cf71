using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Rest;

/// <summary>A request as it came over REST.</summary>
/// <param name="BinaryByDefault">The request's <c>binary_data_output</c>.</param>
internal readonly record struct RestInferRequest(InferRequest Request, bool BinaryByDefault)
{
    /// <summary>True when the answer carries this output as bytes after the JSON, not in it.</summary>
    /// <param name="output">Its place in the answer, whose outputs have the order in which they were named.</param>
    public bool IsBinary(int output) => (output < Request.Outputs.Count ? Request.Outputs[output].Binary : null) ?? BinaryByDefault;
}
