namespace MlAspire.Inference.Api.Models.Config;

/// <summary><c>optimization</c> of <see cref="ModelConfig"/>: what of it concerns ONNX Runtime.</summary>
internal sealed record ModelOptimization(GraphOptimization? Graph = null, CudaOptimization? Cuda = null, ExecutionAccelerators? ExecutionAccelerators = null);

/// <summary><c>optimization.graph</c>.</summary>
/// <param name="Level">How much of the graph ONNX Runtime may change at the load: 0 = all it can, 1 = its basic and extended optimizations, -1 = its basic ones, 2 = nothing.</param>
/// <remarks>Source: <see href="https://github.com/triton-inference-server/onnxruntime_backend/blob/main/src/onnxruntime.cc"/>.</remarks>
internal sealed record GraphOptimization(int Level = 0);

/// <summary><c>optimization.cuda</c>.</summary>
/// <param name="Graphs">Runs on a GPU are captured as CUDA graphs, one for each count of rows when it first comes, and replayed.</param>
internal sealed record CudaOptimization(bool Graphs = false);

/// <summary><c>optimization.execution_accelerators</c>.</summary>
internal sealed record ExecutionAccelerators(IReadOnlyList<ExecutionAccelerator>? GpuExecutionAccelerator = null);

/// <summary>An accelerator with its options.</summary>
/// <param name="Name"><c>cuda</c>.</param>
/// <param name="Parameters">Options of the CUDA provider, <see cref="Onnx.CudaOptions.Names"/>.</param>
internal sealed record ExecutionAccelerator(string Name, IReadOnlyDictionary<string, string>? Parameters = null);
