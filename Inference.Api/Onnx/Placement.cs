namespace MlAspire.Inference.Api.Onnx;

/// <summary>Where a session runs.</summary>
/// <param name="GpuId">The CUDA device; null = the CPU.</param>
/// <param name="Threads">Threads of the CPU that one run may use.</param>
/// <param name="CudaGraphs">Runs of the same rows are captured once and replayed.</param>
internal sealed record Placement(int? GpuId, int Threads, bool CudaGraphs = false)
{
    public const string Cpu = "CPUExecutionProvider";
    public const string Cuda = "CUDAExecutionProvider";

    /// <summary>The execution provider, in ONNX Runtime's name.</summary>
    public string Provider => GpuId is null ? Cpu : Cuda;

    /// <summary>In Triton's word for <c>instance_group</c>.</summary>
    public string Kind => GpuId is null ? "KIND_CPU" : "KIND_GPU";
}
