namespace MlAspire.Inference.Api.Protocol;

/// <summary>The answer to an inference request. Dispose after writing it: that gives back the memory of <see cref="Outputs"/>, and then the model, whose allocator owns that memory.</summary>
internal sealed class InferResponse(IDisposable? memory, IDisposable model) : IDisposable
{
    private Action<Exception?>? ended;

    public required string ModelName { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary><c>sha256:</c> and the hex digits of the model's file.</summary>
    public required string ModelDigest { get; init; }

    public string? Id { get; init; }

    /// <summary>Null when the request ran alone or was answered from the cache.</summary>
    public ModelBatch? Batch { get; init; }

    public required IReadOnlyList<Tensor> Outputs { get; init; }

    /// <summary>Has <paramref name="told"/> called once: that the answer has been written, or why it was not.</summary>
    public void OnEnd(Action<Exception?> told) => ended = told;

    /// <summary>Writes the answer and tells how that ended; what <paramref name="write"/> throws passes unchanged.</summary>
    public async Task AnswerAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception exception)
        {
            End(exception);
            throw;
        }

        End(failure: null);
    }

    /// <summary>Tells that the answer has been written, or why it was not; the first time only.</summary>
    public void End(Exception? failure) => Interlocked.Exchange(ref ended, null)?.Invoke(failure);

    public void Dispose()
    {
        End(new OperationCanceledException("Nobody wrote the answer.")); // unless it has ended: whoever forgets it, its request is over
        memory?.Dispose();
        model.Dispose();
    }
}
