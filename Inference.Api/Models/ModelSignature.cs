using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models;

/// <summary>The inputs and outputs a model is served with: the ONNX file's, narrowed by its config.</summary>
internal sealed record ModelSignature(IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs)
{
    private const string TypePrefix = "TYPE_";

    /// <exception cref="InvalidDataException">Config and file contradict each other; the message names the tensor and both sides.</exception>
    public static ModelSignature Of(ModelConfig config, OnnxSignature file)
    {
        if (config.MaxBatchSize < 0)
        {
            throw new InvalidDataException($"max_batch_size must be 0 or more, not {config.MaxBatchSize}");
        }

        var signature = new ModelSignature(Narrow("input", config, config.Input, file.Inputs), Narrow("output", config, config.Output, file.Outputs));
        if (config.MaxBatchSize > 0)
        {
            RequireBatchDimension("input", file.Inputs);
            RequireBatchDimension("output", signature.Outputs);
        }

        return signature;
    }

    private static IReadOnlyList<TensorMetadata> Narrow(string kind, ModelConfig config, IReadOnlyList<TensorConfig> configured, IReadOnlyList<TensorMetadata> declared)
    {
        if (configured.Count == 0)
        {
            return declared;
        }

        var narrowed = configured.Select(tensor => Narrow(kind, tensor, config.MaxBatchSize > 0, declared)).ToArray();
        if (narrowed.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"config names {kind} '{twice.Key}' twice");
        }

        // An output may be left out of the config: it is not served then. An input may not: the model cannot run without it.
        return kind == "output" || declared.FirstOrDefault(tensor => narrowed.All(other => other.Name != tensor.Name)) is not { } missing
            ? narrowed
            : throw new InvalidDataException($"the file has an input '{missing.Name}' that config does not name");
    }

    private static TensorMetadata Narrow(string kind, TensorConfig configured, bool batched, IReadOnlyList<TensorMetadata> declared)
    {
        var file = declared.FirstOrDefault(tensor => tensor.Name == configured.Name)
            ?? throw new InvalidDataException($"config names {kind} '{configured.Name}', the file has {string.Join(", ", declared.Select(tensor => $"'{tensor.Name}'"))}");
        var dataType = ParseType(kind, configured.Name, configured.DataType);
        if (dataType != file.DataType)
        {
            throw new InvalidDataException($"{kind} '{file.Name}' is {configured.DataType} in config and {file.DataType.Name()} in the file");
        }

        if (configured.Reshape?.Holds(configured.Dims) == false)
        {
            throw new InvalidDataException($"{kind} '{file.Name}' cannot be reshaped from dims {Shape.Text(configured.Dims)} to {Shape.Text(configured.Reshape.Shape)}");
        }

        var shape = WithRows(configured.Reshape?.Shape ?? configured.Dims);
        // A file that says nothing about a tensor's rank declares it as rank 0.
        if (file.Shape.Length > 0 && !Compatible(shape, file.Shape))
        {
            throw new InvalidDataException($"{kind} '{file.Name}' has the shape {Shape.Text(shape)} in config and {Shape.Text(file.Shape)} in the file");
        }

        return file with { Shape = WithRows(configured.Dims) };

        long[] WithRows(long[] dims) => batched ? [-1, .. dims] : dims;
    }

    private static bool Compatible(long[] configured, long[] declared) =>
        configured.Length == declared.Length && configured.Zip(declared).All(pair => pair.First >= -1 && (pair.First == -1 || pair.Second == -1 || pair.First == pair.Second));

    /// <summary>The type that config calls <c>TYPE_FP32</c>.</summary>
    /// <exception cref="InvalidDataException">There is no such type.</exception>
    public static DataType ParseType(string kind, string tensor, string text)
    {
        var name = text == "TYPE_STRING" ? "BYTES" : text.StartsWith(TypePrefix, StringComparison.Ordinal) ? text[TypePrefix.Length..] : "";
        return DataTypeNames.TryParse(name, out var dataType) ? dataType : throw new InvalidDataException($"{kind} '{tensor}': unknown data_type '{text}'");
    }

    private static void RequireBatchDimension(string kind, IReadOnlyList<TensorMetadata> tensors)
    {
        if (tensors.FirstOrDefault(tensor => tensor.Shape is not [-1, ..]) is { } fixedRows)
        {
            throw new InvalidDataException($"max_batch_size is set, but {kind} '{fixedRows.Name}' has the shape {Shape.Text(fixedRows.Shape)}: its first dimension must be variable");
        }
    }
}
