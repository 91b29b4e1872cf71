using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary>One request, ready to run.</summary>
/// <param name="Inputs">Checked, in the model's order; their memory stays valid until the run's task has completed.</param>
/// <param name="Outputs">Names of the outputs wanted, in the order of the answer.</param>
/// <param name="Rows">Size of the batch dimension; 1 for a model without one.</param>
internal readonly record struct ModelRun(IReadOnlyList<Tensor> Inputs, IReadOnlyList<string> Outputs, long Rows)
{
    public long InputBytes => Tensor.Bytes(Inputs);

    /// <summary>1 is the most urgent; 0 = the model's default.</summary>
    public long Priority { get; init; }

    /// <summary>How long it may wait for its run; null = the model's default.</summary>
    public TimeSpan? QueueTimeout { get; init; }
}

/// <summary>A run's outputs and how it came about. Dispose <paramref name="Outputs"/> when they have been written.</summary>
internal readonly record struct ModelResult(RunOutputs Outputs, RunReport Report);

/// <summary>When a request waited and ran, and with whom. Times are timestamps of the service's <see cref="TimeProvider"/>.</summary>
/// <param name="Rows">Of the whole batch, this request's included.</param>
/// <param name="Requests">In the batch, this one included.</param>
internal sealed record RunReport(long QueuedAt, long StartedAt, long ComputeAt, long ComputedAt, long EndedAt, long Rows, int Requests)
{
    /// <summary>Null when the request ran alone.</summary>
    public ModelBatch? Batch { get; init; }
}
