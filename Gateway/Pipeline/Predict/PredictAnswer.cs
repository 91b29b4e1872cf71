using System.Text.Json.Serialization;
using MlAspire.Gateway.Pipeline.Batch;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>Answer of <c>POST /v1/models/{name}/predict</c>.</summary>
/// <param name="StaleShare">Share of the features' values that were stale or missing, in [0, 1]; null when the model reads none.</param>
public sealed record PredictAnswer(
    AnsweringModel Model, IReadOnlyList<Prediction> Predictions, double? StaleShare, string? CorrelationId, string? TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] AuditReference? Audit)
{
    internal static PredictAnswer Of(Answered answered, AuditReference? audit)
    {
        var (route, trail) = (answered.Route, answered.Trail);
        return new(new(route.Name, answered.Result.Version, route.Alias, route.Arm, route.FallbackFor), answered.Predictions, answered.Features.StaleShare, trail.CorrelationId, trail.TraceId, audit);
    }
}

/// <param name="Name">The model's name.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Alias">The alias that led to it; null when the request named a version.</param>
/// <param name="Arm">The traffic arm: <c>stable</c>, <c>canary</c>, or <c>fallback</c> when another model answers because too much of the features is stale or missing.</param>
/// <param name="FallbackFor">The model that was asked for, when another one answers; else null.</param>
public sealed record AnsweringModel(string Name, string Version, string? Alias, string Arm, string? FallbackFor);

/// <summary>One row's prediction.</summary>
/// <param name="PredictionId">Under which it is found again, and feedback is given.</param>
/// <param name="Output">The model's number by its name.</param>
/// <param name="Label">What the number means by the pipeline's threshold.</param>
/// <param name="Features">The features as read; null unless asked for.</param>
public sealed record Prediction(
    string PredictionId, IReadOnlyDictionary<string, float> Output, string Label, IReadOnlyDictionary<string, FeatureReading>? Features);

/// <param name="Value">Null = missing.</param>
/// <param name="Status">PRESENT, STALE, EXPIRED, NULL, NOT_FOUND, DEFAULT (the feature service's own, because the store could not be read), or UNAVAILABLE: the store could not be read.</param>
/// <param name="AgeSeconds">Seconds between the newest event in it and the prediction's moment; null when there is none.</param>
public sealed record FeatureReading([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Value, string Status, double? AgeSeconds);

/// <summary>Where the audit records of the request are.</summary>
/// <param name="Log">The audit log's origin.</param>
/// <param name="Index">Index of the first row's record; row <c>i</c> has <c>index + i</c>.</param>
/// <param name="TreeSize">Size of the log with them: a checkpoint of at least this size covers them.</param>
public sealed record AuditReference(string Log, long Index, long TreeSize);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PredictAnswer))]
[JsonSerializable(typeof(BatchProgress))]
[JsonSerializable(typeof(BatchError))]
internal sealed partial class PredictJson : JsonSerializerContext;
