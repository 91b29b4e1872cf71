using MlAspire.Gateway.Access;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>One predict request as it arrived.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Model">The model's name in the path.</param>
/// <param name="Version">The query's <c>version</c>; null when there is none.</param>
/// <param name="Timeout">What the caller allows; null leaves it to the options.</param>
/// <param name="Body">The body, whatever it holds.</param>
internal sealed record PredictCall(Caller Caller, string Model, string? Version, TimeSpan? Timeout, IPredictBody Body);
