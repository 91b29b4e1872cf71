using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>One graph: a session's runs of so many rows, with memory of the device that stays where it is. Not thread-safe.</summary>
internal sealed class CudaGraphRun : IDisposable
{
    private readonly CudaDriver driver;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();
    private readonly List<OrtValue> values = [];
    private readonly ulong[] inputs; // addresses on the device
    private readonly (TensorMetadata Declared, long[] Shape, ulong Address, int Bytes)[] outputs;

    /// <param name="graph">A number that no graph of the session has had: one that was captured is replayed, in the memory of then.</param>
    /// <exception cref="OnnxRuntimeException">The device has not that much memory.</exception>
    public CudaGraphRun(InferenceSession session, OnnxSignature signature, OrtAllocator allocator, CudaDriver driver, long rows, int graph)
    {
        this.driver = driver;
        binding = session.CreateIoBinding();
        options.AddRunConfigEntry(CudaGraphs.GraphId, graph.ToString(CultureInfo.InvariantCulture)); // 0 is ONNX Runtime's own
        inputs = [.. signature.Inputs.Select(input => Allocate(allocator, input, rows, binding.BindInput).Address)];
        outputs = [.. signature.Outputs.Select(output => Allocate(allocator, output, rows, binding.BindOutput))];
    }

    /// <summary>The first run captures the graph.</summary>
    /// <param name="tensors">As many bytes each as was allocated, in the model's order.</param>
    /// <returns>Outputs in memory of their own.</returns>
    /// <exception cref="OnnxRuntimeException">The run failed, or an output has not the shape that it was bound with.</exception>
    public RunOutputs Run(InferenceSession session, IReadOnlyList<Tensor> tensors)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            driver.ToDevice(inputs[i], tensors[i].Data.Span);
        }

        driver.Wait();
        session.RunWithBinding(options, binding);
        binding.SynchronizeBoundOutputs();
        var answer = new Tensor[outputs.Length];
        for (var i = 0; i < answer.Length; i++)
        {
            var (declared, shape, address, length) = outputs[i];
            var bytes = new byte[length];
            driver.FromDevice(bytes, address);
            answer[i] = new Tensor(declared.Name, declared.DataType, shape, bytes);
        }

        return new RunOutputs(answer, NothingHeld.Instance);
    }

    public void Dispose()
    {
        binding.Dispose();
        options.Dispose();
        values.ForEach(value => value.Dispose());
    }

    private unsafe (TensorMetadata Declared, long[] Shape, ulong Address, int Bytes) Allocate(OrtAllocator allocator, TensorMetadata declared, long rows, Action<string, OrtValue> bind)
    {
        var shape = BoundShapes.Of(declared, rows);
        var value = OrtValue.CreateAllocatedTensorValue(allocator, OnnxTypes.ToOnnx(declared.DataType), shape);
        values.Add(value);
        bind(declared.Name, value);
        var memory = value.GetTensorMutableRawData(); // its address alone: the host cannot read it
        return (declared, shape, (ulong)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)), memory.Length);
    }

    /// <summary>The memory of the outputs is the garbage collector's.</summary>
    private sealed class NothingHeld : IDisposable
    {
        public static NothingHeld Instance { get; } = new();

        public void Dispose()
        {
        }
    }
}
