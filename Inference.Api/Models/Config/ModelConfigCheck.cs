namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Refuses what a config asks for and this server does not do.</summary>
internal static class ModelConfigCheck
{
    private const int MaxInstances = 1024;

    /// <param name="name">Of the model.</param>
    /// <exception cref="InvalidDataException">The message names the field.</exception>
    public static void Check(string name, ModelConfig config)
    {
        RequireNoNull(config);
        Require(string.IsNullOrEmpty(config.Name) || config.Name == name, $"config's name is '{config.Name}', the directory's '{name}'");
        Require(config is { Platform: null or "" or ModelPlatform.Name, Backend: null or "" or ModelPlatform.Backend }, $"only the platform {ModelPlatform.Name} and the backend {ModelPlatform.Backend} are served");
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
            ("model_warmup", config.ModelWarmup), ("model_warmup.inputs", config.ModelWarmup.SelectMany(warmup => warmup.Inputs.Values)),
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
