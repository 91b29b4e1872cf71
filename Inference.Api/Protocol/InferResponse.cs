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

    /// <summary>To be told once that the answer has been written, or why it could not be; null when nobody asks.</summary>
    public Action<Exception?>? Answered { get; set; }

    /// <summary>Writes the answer and tells <see cref="Answered"/>; what <paramref name="write"/> throws passes unchanged.</summary>
    public async Task AnswerAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception exception)
        {
            Answered?.Invoke(exception);
            throw;
        }

        Answered?.Invoke(null);
    }

    public void Dispose()
    {
        memory?.Dispose();
        model.Dispose();
    }
}
