using System.Collections.Frozen;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Refuses what a config asks for and this server does not do.</summary>
internal static class ModelConfigCheck
{
    private const int MaxInstances = 1024;

    // Source: https://github.com/triton-inference-server/onnxruntime_backend#model-config-options
    private static readonly FrozenSet<string> BackendOptions = FrozenSet.ToFrozenSet(
        [
            "cudnn_conv_algo_search", "gpu_mem_limit", "arena_extend_strategy", "do_copy_in_default_stream", "intra_op_thread_count", "inter_op_thread_count", "execution_mode",
            "enable_mem_arena", "enable_mem_pattern", "memory.enable_memory_arena_shrinkage", "session.use_device_allocator_for_initializers",
        ],
        StringComparer.Ordinal);

    /// <param name="name">Of the model.</param>
    /// <exception cref="InvalidDataException">The message names the field.</exception>
    public static void Check(string name, ModelConfig config)
    {
        RequireNoNull(config);
        Require(string.IsNullOrEmpty(config.Name) || config.Name == name, $"config's name is '{config.Name}', the directory's '{name}'");
        Require(config is { Platform: null or "" or ModelPlatform.Name, Backend: null or "" or ModelPlatform.Backend }, $"only the platform {ModelPlatform.Name} and the backend {ModelPlatform.Backend} are served");
        if (config.Parameters.Keys.FirstOrDefault(BackendOptions.Contains) is { } option)
        {
            throw new InvalidDataException($"parameters.{option} is an option of Triton's ONNX Runtime backend that models do not have here; Onnx:IntraOpThreads is for all, and a GPU's are in optimization.execution_accelerators");
        }

        Require(config.Input.All(input => input.Format is null or "FORMAT_NONE" or "FORMAT_NHWC" or "FORMAT_NCHW"), "input format must be FORMAT_NONE, FORMAT_NHWC or FORMAT_NCHW");
        ModelPlacement.Of(config);
        foreach (var group in config.InstanceGroup)
        {
            Require(group.Count is >= 0 and <= MaxInstances, $"instance_group count must be in [1, {MaxInstances}]");
        }

        config.DynamicBatching?.Check(config.MaxBatchSize);
        foreach (var warmup in config.ModelWarmup)
        {
            warmup.Check(config.MaxBatchSize);
        }
    }

    /// <summary>JSON may have a null where a list's or map's value is called for.</summary>
    private static void RequireNoNull(ModelConfig config)
    {
        var accelerators = config.Optimization?.ExecutionAccelerators?.GpuExecutionAccelerator ?? [];
        foreach (var (field, values) in new (string, IEnumerable<object?>)[]
        {
            ("input", config.Input), ("output", config.Output), ("instance_group", config.InstanceGroup), ("parameters", config.Parameters.Values),
            ("model_warmup", config.ModelWarmup), ("priority_queue_policy", config.DynamicBatching?.PriorityQueuePolicy.Values ?? []), ("model_warmup.inputs", config.ModelWarmup.SelectMany(warmup => warmup.Inputs.Values)),
            ("gpu_execution_accelerator", accelerators), ("gpu_execution_accelerator.parameters", accelerators.SelectMany(accelerator => accelerator.Parameters?.Values ?? [])),
        })
        {
            Require(!values.Contains(null), $"{field} must not hold null");
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidDataException(message);
        }
    }
}
