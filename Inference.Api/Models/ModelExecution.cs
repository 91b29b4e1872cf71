using MlAspire.Inference.Api.Diagnostics;

namespace MlAspire.Inference.Api.Models;

/// <summary>How a loaded model runs: how many runs at once, and what watches them.</summary>
internal sealed record ModelExecution(int Instances, InferenceMetrics Metrics, TimeProvider Time);
