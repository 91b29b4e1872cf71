using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>A run of a session with memory of its own bound to every input and output, for as many rows as it was made for. Not thread-safe. Disposing gives it back to <see cref="BoundRuns"/>, whose next run overwrites the outputs.</summary>
internal sealed class BoundRun : IDisposable
{
    private readonly BoundRuns owner;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();
    private readonly List<OrtValue> values = [];
    private readonly Memory<byte>[] inputs;

    public BoundRun(BoundRuns owner, InferenceSession session, OnnxSignature signature, long rows)
    {
        (this.owner, Rows) = (owner, rows);
        binding = session.CreateIoBinding();
        inputs = [.. signature.Inputs.Select(input => Allocate(input, binding.BindInput).Memory)];
        Outputs = [.. signature.Outputs.Select(output => Allocate(output, binding.BindOutput)).Select(bound => new Tensor(bound.Name, bound.DataType, bound.Shape, bound.Memory))];
    }

    public long Rows { get; }

    /// <summary>In the model's order.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>Runs on the calling thread.</summary>
    /// <param name="tensors">As many bytes each as was allocated, in the model's order.</param>
    /// <exception cref="OnnxRuntimeException">The run failed or was stopped, or an output has not the shape that it was bound with. <see cref="Close"/> it then.</exception>
    public void Run(InferenceSession session, IReadOnlyList<Tensor> tensors, CancellationToken cancellationToken)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            tensors[i].Data.CopyTo(inputs[i]);
        }

        using (cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options))
        {
            session.RunWithBinding(options, binding);
        }
    }

    public void Dispose()
    {
        if (options.Terminate)
        {
            Close();
        }
        else
        {
            owner.GiveBack(this);
        }
    }

    /// <summary>Gives its memory back for good.</summary>
    public void Close()
    {
        binding.Dispose();
        options.Dispose();
        values.ForEach(value => value.Dispose());
    }

    private (string Name, DataType DataType, long[] Shape, Memory<byte> Memory) Allocate(TensorMetadata declared, Action<string, OrtValue> bind)
    {
        var shape = BoundShapes.Of(declared, Rows);
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, OnnxTypes.ToOnnx(declared.DataType), shape);
        values.Add(value);
        bind(declared.Name, value);
        return (declared.Name, declared.DataType, shape, new OrtMemory(value).Memory);
    }
}
