namespace MlAspire.Inference.Api.Onnx;

/// <summary>Which execution provider of ONNX Runtime is to run a model.</summary>
public enum ProviderChoice
{
    /// <summary>CUDA where it can be had, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>CUDA; a model that cannot have it is not loaded.</summary>
    Cuda,
}
