using System.Text.Json.Nodes;

namespace MlAspire.V2Conformance;

/// <summary>The calls of V2 and of Triton's extensions beside inference, over one of the two wires. What fails is a <see cref="V2CallException"/>.</summary>
public interface IV2Calls
{
    Task<bool> IsLiveAsync();

    Task<bool> IsReadyAsync();

    /// <param name="version">Null = any.</param>
    Task<bool> IsModelReadyAsync(string model, string? version);

    Task<ServerDescription> ServerMetadataAsync();

    Task<ModelDescription> ModelMetadataAsync(string model, string? version);

    /// <summary>The configuration, as JSON with the names of Triton's <c>model_config.proto</c>.</summary>
    Task<JsonNode> ConfigAsync(string model, string? version);

    /// <param name="model">Null = all.</param>
    Task<IReadOnlyList<ModelCounts>> StatisticsAsync(string? model, string? version);

    Task<IReadOnlyList<IndexLine>> IndexAsync(bool ready);

    /// <param name="config">JSON; null = the model's own.</param>
    Task LoadAsync(string model, string? config);

    Task UnloadAsync(string model);
}

public sealed record ServerDescription(string Name, string Version, string Extensions);

/// <param name="Inputs">Each as <c>x FP32 -1,3</c>.</param>
public sealed record ModelDescription(string Name, string Versions, string Inputs, string Outputs);

public sealed record IndexLine(string Name, string Version, string State);

/// <param name="Batches">Each batch size with its runs, as <c>1:2</c>.</param>
public sealed record ModelCounts(string Name, string Version, long Inferences, long Executions, long Succeeded, long Failed, string Batches);

public sealed class V2CallException(V2Failure failure, string message) : Exception(message)
{
    public V2Failure Failure => failure;
}
