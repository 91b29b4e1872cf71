using Microsoft.ML.OnnxRuntime;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Runs a session on a device with its outputs bound to memory that the device writes and the host reads: an output crosses the bus once and is copied nowhere else. An input crosses once, from where the request left it.</summary>
/// <param name="memory">Where numbers go: pinned memory of the host. Strings never leave the CPU.</param>
/// <param name="strings">The outputs of strings, by name.</param>
/// <remarks>Source: <see href="https://onnxruntime.ai/docs/performance/tune-performance/iobinding.html">ONNX Runtime, I/O binding</see>.</remarks>
internal sealed class OutputBinding(OrtMemoryInfo memory, IReadOnlySet<string> strings) : IDisposable
{
    /// <summary>Outputs in pinned memory of the host, which the CUDA device <paramref name="gpuId"/> writes.</summary>
    public static OutputBinding Pinned(int gpuId, IReadOnlySet<string> strings) =>
        new(new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, gpuId, OrtMemType.CpuOutput), strings);

    /// <returns>The outputs, in the order of <paramref name="outputs"/>, written; the caller disposes them.</returns>
    /// <exception cref="OnnxRuntimeException">The run failed or was stopped.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, RunOptions options, (IReadOnlyList<string> Names, IReadOnlyList<OrtValue> Values) inputs, IReadOnlyList<string> outputs)
    {
        using var binding = session.CreateIoBinding();
        for (var i = 0; i < inputs.Names.Count; i++)
        {
            binding.BindInput(inputs.Names[i], inputs.Values[i]);
        }

        foreach (var name in outputs)
        {
            binding.BindOutputToDevice(name, strings.Contains(name) ? OrtMemoryInfo.DefaultInstance : memory);
        }

        // Copies to and from the device may be under way when the calls before them have returned.
        binding.SynchronizeBoundInputs();
        session.RunWithBinding(options, binding);
        binding.SynchronizeBoundOutputs();
        return binding.GetOutputValues();
    }

    public void Dispose() => memory.Dispose();
}
