using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>The part of V2's inference answer that the gateway reads.</summary>
internal sealed record InferenceAnswer(string ModelName, string ModelVersion, IReadOnlyList<InferenceOutput> Outputs);

internal sealed record InferenceOutput(string Name, string Datatype, float[]? Data = null, InferenceOutputParameters? Parameters = null);

internal sealed record InferenceOutputParameters(int? BinaryDataSize = null);

/// <summary>V2's error body.</summary>
internal sealed record InferenceError(string? Error);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(InferenceAnswer))]
[JsonSerializable(typeof(InferenceError))]
internal sealed partial class InferenceJson : JsonSerializerContext;
