using System.Text.Json.Serialization;
using MlAspire.Inference.Api.Batching;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>A model's <c>config.json</c> or <c>config.pbtxt</c>, with the names of Triton's model configuration. A name that is not listed here is refused, never ignored.</summary>
/// <remarks>The properties have setters because the JSON source generator gives an init-only property null, not its default, when the file does not name it.</remarks>
internal sealed record ModelConfig
{
    /// <summary>When given, the name of the model's directory.</summary>
    public string? Name { get; set; }

    /// <summary><c>onnxruntime_onnx</c> or absent.</summary>
    public string? Platform { get; set; }

    /// <summary><c>onnxruntime</c> or absent.</summary>
    public string? Backend { get; set; }

    /// <summary>0 = the model has no batch dimension. Else every input and output has one in front that <c>dims</c> does not show, and a request may have at most this many rows.</summary>
    public int MaxBatchSize { get; set; }

    /// <summary>Empty = what the ONNX file declares.</summary>
    public IReadOnlyList<InputConfig> Input { get; set; } = [];

    /// <summary>Empty = what the ONNX file declares.</summary>
    public IReadOnlyList<OutputConfig> Output { get; set; } = [];

    /// <summary>Null = the newest version only.</summary>
    public VersionPolicy? VersionPolicy { get; set; }

    /// <summary>File in the version's directory; empty = <c>model.onnx</c>.</summary>
    public string DefaultModelFilename { get; set; } = ModelPlatform.DefaultModelFilename;

    /// <summary>The file that is loaded.</summary>
    [JsonIgnore]
    public string ModelFilename => DefaultModelFilename.Length == 0 ? ModelPlatform.DefaultModelFilename : DefaultModelFilename;

    /// <summary>Null = every request runs alone.</summary>
    public DynamicBatching? DynamicBatching { get; set; }

    /// <summary>How many runs of a version may be under way at once: the sum of the counts; empty = the server's default.</summary>
    public IReadOnlyList<InstanceGroup> InstanceGroup { get; set; } = [];

    /// <summary>Requests that each version runs before it is ready; empty = none.</summary>
    public IReadOnlyList<ModelWarmup> ModelWarmup { get; set; } = [];

    /// <summary>Null = nothing is said.</summary>
    public ModelOptimization? Optimization { get; set; }

    /// <summary>Null = every request runs. Only for a model whose answers are the same every time.</summary>
    public ResponseCacheConfig? ResponseCache { get; set; }

    /// <summary>Free text for people and tools. This server reads what <see cref="TokenUsage"/> names.</summary>
    public IReadOnlyDictionary<string, ParameterText> Parameters { get; set; } = new Dictionary<string, ParameterText>();
}

/// <summary>Instances of a model. Sessions take runs at the same time, so an instance is not a copy of the model: it is the right to one more run.</summary>
/// <param name="Count">Runs at once, [1, 1024]; 0 = 1.</param>
/// <param name="Kind"><c>KIND_CPU</c>; <c>KIND_GPU</c>: not loaded where there is none; <c>KIND_AUTO</c>: what <see cref="Onnx.OnnxOptions.Provider"/> says.</param>
/// <param name="Gpus">At most one CUDA device; null or empty = device 0.</param>
internal sealed record InstanceGroup(int Count = 1, string Kind = "KIND_AUTO", string? Name = null, IReadOnlyList<int>? Gpus = null);

/// <summary>Whether answers are kept and given again to equal requests.</summary>
internal sealed record ResponseCacheConfig(bool Enable = false);

/// <summary>A value of <c>parameters</c>.</summary>
internal sealed record ParameterText([property: JsonPropertyName("string_value")] string StringValue);
