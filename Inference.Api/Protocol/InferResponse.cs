namespace MlAspire.Inference.Api.Protocol;

/// <summary>The answer to an inference request. Dispose after writing it: that gives back the memory of <see cref="Outputs"/>, and then the model, whose allocator owns that memory.</summary>
internal sealed class InferResponse(IDisposable? memory, IDisposable model) : IDisposable
{
    public required string ModelName { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary><c>sha256:</c> and the hex digits of the model's file.</summary>
    public required string ModelDigest { get; init; }

    public string? Id { get; init; }

    /// <summary>Null when the request ran alone or was answered from the cache.</summary>
    public ModelBatch? Batch { get; init; }

    public required IReadOnlyList<Tensor> Outputs { get; init; }

    public void Dispose()
    {
        memory?.Dispose();
        model.Dispose();
    }
}
