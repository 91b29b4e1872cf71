namespace MlAspire.Inference.Api.Models.Config;

/// <summary><c>optimization</c> of <see cref="ModelConfig"/>: what of it concerns ONNX Runtime on a GPU.</summary>
internal sealed record ModelOptimization(ExecutionAccelerators? ExecutionAccelerators = null);

/// <summary><c>optimization.execution_accelerators</c>.</summary>
internal sealed record ExecutionAccelerators(IReadOnlyList<ExecutionAccelerator>? GpuExecutionAccelerator = null);

/// <summary>An accelerator with its options.</summary>
/// <param name="Name"><c>cuda</c>.</param>
/// <param name="Parameters">Options of the CUDA provider, <see cref="Onnx.CudaOptions.Names"/>.</param>
internal sealed record ExecutionAccelerator(string Name, IReadOnlyDictionary<string, string>? Parameters = null);
