using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Pipelines.Train;

/// <summary>The files of a trained model, by path below the model repository. The same training gives the same bytes.</summary>
/// <remarks>
/// <c>flight-delay/config.json</c> (Triton's names), <c>flight-delay/pipeline.json</c> (for the Gateway), <c>flight-delay/1/model.onnx</c>, <c>metrics.json</c>,
/// <c>lineage.json</c> and <c>golden.json</c> beside it.
/// </remarks>
internal sealed class ModelFiles
{
    /// <summary>Most rows of one inference; the Gateway's own limit is lower.</summary>
    private const int MaxBatchSize = 1024;

    /// <summary>How the files are written.</summary>
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n", NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly List<(string Path, byte[] Bytes)> files = [];

    public IReadOnlyList<(string Path, byte[] Bytes)> All => files;

    public static ModelFiles Of(byte[] onnx, PipelineDefinition pipeline, ModelQuality quality, Lineage lineage, GoldenInference golden)
    {
        var result = new ModelFiles();
        var folder = pipeline.Model;
        var version = Path.Combine(folder, $"{quality.Version}");
        result.files.Add((Path.Combine(version, "model.onnx"), onnx));
        result.AddJson(Path.Combine(version, "metrics.json"), quality);
        result.AddJson(Path.Combine(version, "lineage.json"), lineage);
        result.AddJson(Path.Combine(version, "golden.json"), golden);
        result.AddJson(Path.Combine(folder, "config.json"), Config(pipeline));
        result.files.Add((Path.Combine(folder, PipelineFile.Name), PipelineFile.Write(pipeline)));
        return result;
    }

    /// <summary>Writes every file beside its place and then moves it there, so that a reader never sees half a file.</summary>
    public void Write(string modelRepository, CancellationToken cancellationToken)
    {
        foreach (var (path, bytes) in files)
        {
            var target = Path.Combine(modelRepository, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            cancellationToken.ThrowIfCancellationRequested();
            WholeFile.Write(target, bytes);
        }
    }

    private static ModelConfig Config(PipelineDefinition pipeline) => new(pipeline.Model, "onnxruntime_onnx", MaxBatchSize,
        [new(pipeline.ModelInput, "TYPE_FP32", [pipeline.Columns.Count])], [new(pipeline.ModelOutput, "TYPE_FP32", [1])]);

    /// <summary>The part of Triton's model configuration that is written; <c>dims</c> without the rows.</summary>
    private sealed record ModelConfig(string Name, string Platform, int MaxBatchSize, TensorConfig[] Input, TensorConfig[] Output);

    private sealed record TensorConfig(string Name, string DataType, int[] Dims);

    private void AddJson<T>(string path, T content)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, Json);
        files.Add((path, [.. bytes, (byte)'\n']));
    }
}
