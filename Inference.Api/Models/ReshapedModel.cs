using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models;

/// <summary>Runs a model whose config has a <c>reshape</c>: its inputs get the model's own shapes, and its outputs those of <c>dims</c>.</summary>
internal sealed class ReshapedModel
{
    private readonly RunModel model;
    private readonly Dictionary<string, TensorConfig> inputs;
    private readonly Dictionary<string, TensorConfig> outputs;
    private readonly int rowDimensions;

    private ReshapedModel(RunModel model, ModelConfig config)
    {
        this.model = model;
        inputs = Reshaped(config.Input);
        outputs = Reshaped(config.Output);
        rowDimensions = config.MaxBatchSize > 0 ? 1 : 0;
    }

    /// <returns><paramref name="model"/> itself when nothing is to be reshaped.</returns>
    public static RunModel Around(RunModel model, ModelConfig config)
    {
        var reshaped = new ReshapedModel(model, config);
        return reshaped.inputs.Count + reshaped.outputs.Count > 0 ? reshaped.Run : model;
    }

    private RunOutputs Run(IReadOnlyList<Tensor> tensors, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var own = model([.. tensors.Select(tensor => inputs.TryGetValue(tensor.Name, out var config) ? Reshape(tensor, config.Dims, config.Reshape!.Shape) : tensor)], names, cancellationToken);
        try
        {
            return new RunOutputs([.. own.Tensors.Select(tensor => outputs.TryGetValue(tensor.Name, out var config) ? Reshape(tensor, config.Reshape!.Shape, config.Dims) : tensor)], own);
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    private Tensor Reshape(Tensor tensor, long[] from, long[] to)
    {
        long[] rows = [.. tensor.Shape.Take(rowDimensions)];
        if (!Shape.Fits([.. rows, .. from], tensor.Shape))
        {
            throw new InvalidOperationException($"'{tensor.Name}' has the shape {Shape.Text(tensor.Shape)}, which reshape in the model's config does not know");
        }

        var variable = new Queue<long>(tensor.Shape.Skip(rowDimensions).Where((_, i) => from[i] == -1));
        return new Tensor(tensor.Name, tensor.DataType, [.. rows, .. to.Select(dimension => dimension == -1 ? variable.Dequeue() : dimension)], tensor.Data);
    }

    private static Dictionary<string, TensorConfig> Reshaped(IEnumerable<TensorConfig> tensors) =>
        tensors.Where(tensor => tensor.Reshape is not null).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
}
