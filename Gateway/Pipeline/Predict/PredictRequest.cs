using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>A request's rows as columns, checked against the model's pipeline.</summary>
internal sealed record PredictRequest
{
    /// <summary>At least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>Shape [entities, rows], in the order of <see cref="ModelInputs.Entities"/>.</summary>
    public required string[][] Entities { get; init; }

    /// <summary>Shape [number inputs, rows], in the order of <see cref="ModelInputs.Numbers"/>; finite.</summary>
    public required double[][] Numbers { get; init; }

    /// <summary>Shape [time inputs, rows], in the order of <see cref="ModelInputs.Times"/>; with the offsets as given.</summary>
    public required DateTimeOffset[][] Times { get; init; }

    /// <summary>Shape [rows], distinct; null when the gateway shall make them.</summary>
    public required string[]? PredictionIds { get; init; }

    /// <summary>Whom each row is about, entity and value (<c>passenger:4711</c>), shape [rows]; null when the model has no subject.</summary>
    public string[]? Subjects { get; init; }

    /// <summary>Whether the answer shall hold the features as read.</summary>
    public required bool Explain { get; init; }
}
