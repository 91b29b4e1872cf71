using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Predictions;

/// <summary>Answer of <c>POST /v1/predictions/{id}/replay</c>.</summary>
/// <param name="PredictionId">Of the prediction that was replayed.</param>
/// <param name="Model">Its model.</param>
/// <param name="Recorded">What was answered then.</param>
/// <param name="Replayed">What is answered now to the same bits.</param>
/// <param name="Identical">Whether both numbers have the same bits.</param>
/// <param name="Ulps">Numbers of FP32 between the two, plus one; 0 when identical.</param>
/// <param name="Difference">Replayed minus recorded.</param>
public sealed record ReplayAnswer(string PredictionId, string Model, ModelSaid Recorded, ModelSaid Replayed, bool Identical, long Ulps, double Difference);

/// <param name="Version">The version that answered.</param>
/// <param name="ModelDigest">Its bytes, <c>sha256:</c> and hex digits; null when unknown.</param>
/// <param name="Output">The model's number.</param>
/// <param name="Label">What it means by the pipeline's threshold (recorded: by the one of then).</param>
public sealed record ModelSaid(string Version, string? ModelDigest, float Output, string Label);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReplayAnswer))]
internal sealed partial class ReplayJson : JsonSerializerContext;
