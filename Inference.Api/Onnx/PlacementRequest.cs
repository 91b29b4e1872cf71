using Microsoft.ML.OnnxRuntime;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Where and how a model wants to run.</summary>
/// <param name="Provider"><see cref="ProviderChoice.Auto"/> = what the service's options say.</param>
/// <param name="GpuId">The CUDA device, where it comes to that.</param>
/// <param name="CudaOptions">Options of ONNX Runtime's CUDA provider, in its own names.</param>
/// <param name="GraphLevel">How much of its graph ONNX Runtime may change.</param>
/// <param name="CudaGraphs">Runs on a device are captured and replayed (<see cref="Onnx.CudaGraphs"/>).</param>
internal sealed record PlacementRequest(ProviderChoice Provider, int GpuId, IReadOnlyDictionary<string, string> CudaOptions, GraphOptimizationLevel GraphLevel, bool CudaGraphs = false);
