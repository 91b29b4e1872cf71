namespace MlAspire.Gateway.Pipeline;

/// <summary>What the model answered.</summary>
/// <param name="Version">The version that ran.</param>
/// <param name="Output">One finite number a row.</param>
internal sealed record InferenceResult(string Version, float[] Output);
