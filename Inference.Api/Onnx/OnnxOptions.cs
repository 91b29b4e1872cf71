using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>How ONNX Runtime uses the machine. Section <c>Onnx</c>.</summary>
public sealed class OnnxOptions
{
    public const string Section = "Onnx";

    /// <summary>Threads that one run of a model may use, [1, 256]; default 1: the calling thread alone. More are shared by all models, so the number of threads does not grow with that of models.</summary>
    [Range(1, 256)]
    public int IntraOpThreads { get; set; } = 1;

    /// <summary>Runs of one version of a model at the same time on the CPU, unless its config has an instance_group; [0, 1024]; default 0 = the number of processors.</summary>
    [Range(0, 1024)]
    public int InstancesPerModel { get; set; }

    /// <summary>Where models run whose instance_group is KIND_AUTO or absent; default Auto. Cpu also refuses models that require a GPU.</summary>
    [EnumDataType(typeof(ProviderChoice))]
    public ProviderChoice Provider { get; set; }

    /// <summary>Device memory that one model may take for its runs, in bytes, unless its config has a <c>gpu_mem_limit</c>; 0 or more; default 0 = no limit.</summary>
    [Range(0, long.MaxValue)]
    public long GpuMemoryLimitBytes { get; set; }
}

/// <summary>Checks <see cref="OnnxOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class OnnxOptionsValidator : IValidateOptions<OnnxOptions>;
