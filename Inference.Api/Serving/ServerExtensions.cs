namespace MlAspire.Inference.Api.Serving;

/// <summary>The protocol extensions this server has, as named in its metadata.</summary>
internal static class ServerExtensions
{
    public static IReadOnlyList<string> Names { get; } = ["binary_tensor_data", "classification", "logging", "model_configuration", "model_repository", "parameters", "schedule_policy", "statistics"];
}
