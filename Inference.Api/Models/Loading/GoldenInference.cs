using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>A request whose answer is known.</summary>
/// <param name="Expected">Outputs; those that are not named do not matter.</param>
internal sealed record GoldenInference(InferRequest Request, IReadOnlyList<Tensor> Expected, Tolerance Tolerance);
