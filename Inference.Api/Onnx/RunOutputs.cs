using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>The outputs of one run. Several responses may share it after a batch was split: it is released when each of them has disposed its share.</summary>
internal sealed class RunOutputs(IReadOnlyList<Tensor> tensors, IDisposable memory) : IDisposable
{
    private int shares = 1;

    /// <summary>In the order in which the outputs were asked for.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>Adds a share; each share is disposed once.</summary>
    public RunOutputs Share()
    {
        Interlocked.Increment(ref shares);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref shares) == 0)
        {
            memory.Dispose();
        }
    }
}
