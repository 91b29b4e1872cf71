using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Pipeline.Events;

/// <summary>One predicted row, or one failed request, as it travels on the Redis stream <see cref="Stream"/>.</summary>
/// <remarks>Owned by the gateway, linked by its readers. A stream entry has the one field <see cref="Field"/> with the JSON of this record; new properties are optional.</remarks>
public sealed record PredictionEvent
{
    public const string Stream = "predictions";
    public const string Field = "event";
    public const string Ok = "ok";

    /// <summary>The arm of the champion, or of the version that was asked for.</summary>
    public const string Stable = "stable";

    /// <summary>The arm of the version that is tried.</summary>
    public const string Canary = "canary";

    /// <summary>The arm of another model, which answered when features were missing.</summary>
    public const string Fallback = "fallback";

    /// <summary>The arm of a prediction that answered nobody.</summary>
    public const string Shadow = "shadow";

    /// <summary>The row's id; null for a request that failed before it had one.</summary>
    public string? PredictionId { get; init; }

    public required string Model { get; init; }

    /// <summary>The version that answered; null when none was reached.</summary>
    public string? Version { get; init; }

    /// <summary>The traffic arm: <see cref="Stable"/>, <see cref="Canary"/>, <see cref="Fallback"/> or <see cref="Shadow"/>.</summary>
    public required string Arm { get; init; }

    /// <summary>Where the request stands in the split between champion and canary, in [0, 1), the same for equal entities; absent when it is not in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Place { get; init; }

    /// <summary>Which row of its request it is, from 0; 0 for a failure.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Row { get; init; }

    /// <summary><see cref="Ok"/>, or the wire name of an error code.</summary>
    public required string Status { get; init; }

    /// <summary>When the gateway answered.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The moment the prediction is about; null when the request did not say a usable one.</summary>
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>The whole request in the gateway, in milliseconds.</summary>
    public required double LatencyMs { get; init; }

    /// <summary>The model's output, finite; null for a failure.</summary>
    public double? Probability { get; init; }

    public string? Label { get; init; }

    /// <summary>Which label says that what the model looks for is there: that of an output at its threshold or above; null for a failure.</summary>
    public string? PositiveLabel { get; init; }

    /// <summary>For the arm <c>shadow</c>: what the caller was answered for the same row; absent otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AnsweredProbability { get; init; }

    /// <inheritdoc cref="AnsweredProbability"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AnsweredLabel { get; init; }

    /// <summary>The row's entities; empty for a failure. (An initializer would not do: the generated reader sets what is absent to null.)</summary>
    public IReadOnlyDictionary<string, string> Entities { get => field ?? ReadOnlyDictionary<string, string>.Empty; init; }

    /// <summary>How many features of the row were missing.</summary>
    public int FeaturesMissing { get; init; }

    public string? CorrelationId { get; init; }

    public string? TraceId { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, PredictionEventJson.Default.PredictionEvent);

    /// <summary>The event in <paramref name="json"/>.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    public static PredictionEvent Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, PredictionEventJson.Default.PredictionEvent) ?? throw new JsonException("The event is null.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PredictionEvent))]
internal sealed partial class PredictionEventJson : JsonSerializerContext;
