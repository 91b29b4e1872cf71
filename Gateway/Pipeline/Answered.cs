using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Everything about one answered request that its audit records, its events and its answer are made of.</summary>
internal sealed record Answered(
    ModelRoute Route, PredictRequest Request, FeatureValues Features, InferenceResult Result, IReadOnlyList<Prediction> Predictions, Trail Trail)
{
    /// <summary>What the model was given, row-major, shape [rows, columns].</summary>
    public required float[] Tensor { get; init; }

    /// <summary>How long each stage took until now, in their order.</summary>
    public required IReadOnlyList<KeyValuePair<string, TimeSpan>> Stages { get; init; }

    /// <summary>The part of <see cref="Tensor"/> that row <paramref name="row"/> is, shape [columns].</summary>
    public ReadOnlySpan<float> InputOf(int row) => Tensor.AsSpan(row * Route.Model.Inputs.Columns, Route.Model.Inputs.Columns);
}

/// <param name="Time">When the predictions were made.</param>
/// <param name="Caller">Name of who asked.</param>
/// <param name="CorrelationId">Of the request.</param>
/// <param name="TraceId">Of the request; null when nothing traces.</param>
/// <param name="SpanId">Of the request's span in it.</param>
internal sealed record Trail(DateTimeOffset Time, string Caller, string? CorrelationId, string? TraceId, string? SpanId);
