using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>The options of ONNX Runtime's CUDA provider that a model may set, in its own names.</summary>
/// <remarks>
/// Source: <see href="https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#configuration-options"/>. Not among them: <c>device_id</c>, which <c>instance_group</c> says, the addresses of streams
/// and allocators, and <c>enable_cuda_graph</c>, which <c>optimization.cuda.graphs</c> says.
/// </remarks>
internal static class CudaOptions
{
    public const string MemoryLimit = "gpu_mem_limit";

    private const string DeviceId = "device_id";
    private const string EnableCudaGraph = "enable_cuda_graph";

    public static IReadOnlyList<string> Names { get; } =
    [
        MemoryLimit, "arena_extend_strategy", "cudnn_conv_algo_search", "cudnn_conv_use_max_workspace", "cudnn_conv1d_pad_to_nc1d", "do_copy_in_default_stream",
        "enable_skip_layer_norm_strict_mode", "fuse_conv_bias", "prefer_nhwc", "sdpa_kernel", "use_ep_level_unified_stream", "use_tf32",
    ];

    /// <summary>Puts CUDA in front of the CPU, which keeps what CUDA cannot do.</summary>
    /// <param name="memoryLimitBytes">Where the request names none; 0 = none.</param>
    /// <exception cref="OnnxRuntimeException">CUDA cannot be had, or an option's value is none.</exception>
    public static void Append(SessionOptions session, PlacementRequest request, long memoryLimitBytes)
    {
        var values = new Dictionary<string, string>(request.CudaOptions) { [DeviceId] = request.GpuId.ToString(CultureInfo.InvariantCulture) };
        if (memoryLimitBytes > 0)
        {
            values.TryAdd(MemoryLimit, memoryLimitBytes.ToString(CultureInfo.InvariantCulture));
        }

        if (request.CudaGraphs)
        {
            values[EnableCudaGraph] = "1";
        }

        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(values);
        session.AppendExecutionProvider_CUDA(cuda);
    }
}
