using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Onnx;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Reads from a config where its model is to run. Source: Triton's model configuration, instance groups and optimization policy.</summary>
internal static class ModelPlacement
{
    /// <summary>How many runs may be under way at once on a GPU, unless the config says; on the CPU the service's options say.</summary>
    public const int InstancesOnGpu = 1;

    private const string Cuda = "cuda";

    /// <exception cref="InvalidDataException">The message names the field.</exception>
    public static PlacementRequest Of(ModelConfig config)
    {
        string[] kinds = [.. config.InstanceGroup.Select(group => group.Kind).Distinct()];
        if (kinds.Length > 1)
        {
            throw new InvalidDataException($"instance_group has the kinds {string.Join(" and ", kinds)}; a model runs in one place");
        }

        var provider = kinds is [var kind] ? Provider(kind) : ProviderChoice.Auto;
        return new PlacementRequest(provider, GpuId(config, provider), Options(config.Optimization), GraphLevel(config.Optimization?.Graph?.Level ?? 0), CudaGraphs(config, provider));
    }

    private static ProviderChoice Provider(string kind) => kind switch
    {
        "KIND_AUTO" => ProviderChoice.Auto,
        "KIND_CPU" => ProviderChoice.Cpu,
        "KIND_GPU" => ProviderChoice.Cuda,
        _ => throw new InvalidDataException($"instance_group kind {kind} is not supported"),
    };

    private static int GpuId(ModelConfig config, ProviderChoice provider)
    {
        int[] gpus = [.. config.InstanceGroup.SelectMany(group => group.Gpus ?? []).Distinct()];
        return gpus switch
        {
            [] => 0,
            _ when provider == ProviderChoice.Cpu => throw new InvalidDataException("instance_group gpus has no meaning with KIND_CPU"),
            [>= 0 and var gpu] => gpu,
            [_] => throw new InvalidDataException("instance_group gpus must not be negative"),
            _ => throw new InvalidDataException("instance_group gpus names several devices; a model runs on one"),
        };
    }

    private static bool CudaGraphs(ModelConfig config, ProviderChoice provider) => config.Optimization?.Cuda is { Graphs: true } && (
        provider == ProviderChoice.Cpu ? throw new InvalidDataException("optimization.cuda.graphs has no meaning with KIND_CPU")
        : config.InstanceGroup.Sum(group => Math.Max(1, group.Count)) > 1 ? throw new InvalidDataException("optimization.cuda.graphs makes one run at a time; instance_group count must be 1")
        : true);

    private static GraphOptimizationLevel GraphLevel(int level) => level switch
    {
        -1 => GraphOptimizationLevel.ORT_ENABLE_BASIC,
        0 => GraphOptimizationLevel.ORT_ENABLE_ALL,
        1 => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        2 => GraphOptimizationLevel.ORT_DISABLE_ALL,
        _ => throw new InvalidDataException($"optimization.graph.level must be in [-1, 2], not {level}"),
    };

    private static IReadOnlyDictionary<string, string> Options(ModelOptimization? optimization)
    {
        var accelerators = optimization?.ExecutionAccelerators?.GpuExecutionAccelerator ?? [];
        if (accelerators.Count > 1 || accelerators is [{ Name: not Cuda }])
        {
            throw new InvalidDataException($"optimization.execution_accelerators.gpu_execution_accelerator may have one entry, '{Cuda}'");
        }

        var options = accelerators is [{ Parameters: { } parameters }] ? parameters : new Dictionary<string, string>();
        return options.Keys.FirstOrDefault(name => !CudaOptions.Names.Contains(name)) is { } other
            ? throw new InvalidDataException($"optimization.execution_accelerators: '{other}' is no option of cuda that a model may set; there are {string.Join(", ", CudaOptions.Names)}")
            : options;
    }
}
