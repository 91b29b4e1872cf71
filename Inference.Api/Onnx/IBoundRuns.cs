using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Runs whose memory is there, and bound, before they begin.</summary>
internal interface IBoundRuns : IDisposable
{
    /// <summary>Runs with bound memory.</summary>
    /// <param name="failed">It was begun and failed: without bound memory it succeeds, or says why not.</param>
    /// <returns>Null when it cannot be bound, or has failed.</returns>
    RunOutputs? TryRun(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken, out bool failed);

    /// <summary>Binds no run any more: one succeeded that had failed with bound memory, so that the outputs have not the shapes that the model declares.</summary>
    void GiveUp();
}
