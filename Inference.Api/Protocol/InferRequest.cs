namespace MlAspire.Inference.Api.Protocol;

/// <summary>An inference request, free of its transport. <see cref="Inputs"/> may lie in memory that the transport lent for the time of the call.</summary>
internal sealed class InferRequest
{
    public required string ModelName { get; init; }

    /// <summary>Null = the newest version that is loaded.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Echoed in the answer; null = not given.</summary>
    public string? Id { get; init; }

    public InferParameters Parameters { get; init; } = InferParameters.None;

    public required IReadOnlyList<Tensor> Inputs { get; init; }

    /// <summary>Empty = all outputs of the model, in the model's order.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];
}
