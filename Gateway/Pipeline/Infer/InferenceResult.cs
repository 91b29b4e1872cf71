using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>What the model answered.</summary>
/// <param name="Version">The version that ran.</param>
/// <param name="Output">One finite number a row.</param>
internal sealed record InferenceResult(string Version, float[] Output)
{
    /// <summary>Which bytes answered, <c>sha256:</c> and hex digits; null when the server does not say.</summary>
    public string? ModelDigest { get; init; }

    /// <summary>The run that it shared with other requests; null when there were none.</summary>
    public ModelBatch? Batch { get; init; }
}
