namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Refuses what a config asks for and this server does not do.</summary>
internal static class ModelConfigCheck
{
    private const int MaxInstances = 1024;

    /// <param name="name">Of the model.</param>
    /// <exception cref="InvalidDataException">The message names the field.</exception>
    public static void Check(string name, ModelConfig config)
    {
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

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidDataException(message);
        }
    }
}
