using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Checks a request against the model it is for, before anything runs. The first violation is named with its field.</summary>
internal static class RequestCheck
{
    /// <summary>Characters of a request's id, which is in its answer and its log line.</summary>
    public const int MaxIdLength = 4096;

    /// <returns>Null for an empty id: none was given.</returns>
    /// <exception cref="ServiceError">InvalidArgument: longer than <see cref="MaxIdLength"/>.</exception>
    public static string? Id(string? id) => string.IsNullOrEmpty(id) ? null
        : id.Length <= MaxIdLength ? id
        : throw TensorCheck.Invalid($"has {id.Length} characters, at most {MaxIdLength} are allowed", "id");

    /// <returns>The inputs in the model's order, and the rows of the request: the first dimension of its inputs; 1 when the model has no batch dimension.</returns>
    /// <exception cref="ServiceError">InvalidArgument: an input is missing, unknown, twice there, or not of the declared datatype or shape; too many or different rows.</exception>
    public static (IReadOnlyList<Tensor> Inputs, long Rows) Inputs(InferRequest request, LoadedModel model)
    {
        var declared = model.Signature.Inputs;
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var tensor = request.Inputs[i];
            var metadata = Find(declared, tensor.Name)
                ?? throw Invalid(i, $"model '{model.Name}' has no input '{TensorCheck.Short(tensor.Name)}'; it has {Names(declared)}", "name");
            Input(request, i, metadata);
        }

        var inputs = AreInOrder(request.Inputs, declared) ? request.Inputs : InOrder(request, model);
        var rows = model.Config.MaxBatchSize == 0 ? 1 : Rows(request, model.Config.MaxBatchSize);
        return (inputs, rows);
    }

    /// <returns>The outputs to compute, in the order of the answer.</returns>
    /// <exception cref="ServiceError">InvalidArgument: an output is unknown or named twice.</exception>
    public static IReadOnlyList<RequestedOutput> Outputs(InferRequest request, LoadedModel model)
    {
        if (request.Outputs.Count == 0)
        {
            return model.AllOutputs;
        }

        for (var i = 0; i < request.Outputs.Count; i++)
        {
            var output = request.Outputs[i];
            var metadata = Find(model.Signature.Outputs, output.Name);
            if (metadata is null)
            {
                throw TensorCheck.Invalid($"model '{model.Name}' has no output '{TensorCheck.Short(output.Name)}'; it has {Names(model.Signature.Outputs)}", $"outputs[{i}].name");
            }

            if (output.Classification > 0 && metadata.DataType == DataType.Bytes)
            {
                throw TensorCheck.Invalid($"output '{output.Name}' holds strings; only numbers can be classified", $"outputs[{i}].parameters.classification");
            }

            for (var earlier = 0; earlier < i; earlier++)
            {
                if (request.Outputs[earlier].Name == output.Name)
                {
                    throw TensorCheck.Invalid($"output '{output.Name}' is named twice", $"outputs[{i}].name");
                }
            }
        }

        return request.Outputs;
    }

    private static bool AreInOrder(IReadOnlyList<Tensor> inputs, IReadOnlyList<TensorMetadata> declared)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            if (i == declared.Count || inputs[i].Name != declared[i].Name)
            {
                return false;
            }
        }

        return inputs.Count == declared.Count;
    }

    private static Tensor[] InOrder(InferRequest request, LoadedModel model)
    {
        var declared = model.Signature.Inputs;
        var inputs = new Tensor[declared.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = Find(request.Inputs, declared[i].Name)
                ?? throw TensorCheck.Invalid($"input '{declared[i].Name}' is missing; model '{model.Name}' needs {Names(declared)}", "inputs");
        }

        return inputs;
    }

    private static void Input(InferRequest request, int index, TensorMetadata metadata)
    {
        var tensor = request.Inputs[index];
        if (tensor.DataType != metadata.DataType)
        {
            throw Invalid(index, $"input '{tensor.Name}' must be {metadata.DataType.Name()}, not {tensor.DataType.Name()}", "datatype");
        }

        // A file that says nothing about a tensor's rank declares it as rank 0: then the model itself checks the shape.
        if (metadata.Shape.Length > 0 && !Shape.Fits(metadata.Shape, tensor.Shape))
        {
            throw Invalid(index, $"input '{tensor.Name}' has the shape {Shape.Text(tensor.Shape)}, the model needs {Shape.Text(metadata.Shape)}", "shape");
        }

        for (var earlier = 0; earlier < index; earlier++)
        {
            if (request.Inputs[earlier].Name == tensor.Name)
            {
                throw Invalid(index, $"input '{tensor.Name}' is there twice", "name");
            }
        }
    }

    private static long Rows(InferRequest request, int maxBatchSize)
    {
        var rows = request.Inputs.Count == 0 ? 1 : request.Inputs[0].Shape[0];
        for (var i = 0; i < request.Inputs.Count; i++)
        {
            var here = request.Inputs[i].Shape[0];
            if (here != rows)
            {
                throw Invalid(i, $"input '{request.Inputs[i].Name}' has {here} rows, '{request.Inputs[0].Name}' has {rows}", "shape");
            }
        }

        return rows >= 1 && rows <= maxBatchSize ? rows : throw Invalid(0, $"{rows} rows; the model takes 1 to {maxBatchSize}", "shape");
    }

    private static TensorMetadata? Find(IReadOnlyList<TensorMetadata> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name)
            {
                return tensors[i];
            }
        }

        return null;
    }

    private static Tensor? Find(IReadOnlyList<Tensor> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name)
            {
                return tensors[i];
            }
        }

        return null;
    }

    private static string Names(IReadOnlyList<TensorMetadata> tensors) => string.Join(", ", tensors.Select(tensor => $"'{tensor.Name}'"));

    private static ServiceError Invalid(int index, string message, string part) => TensorCheck.Invalid(message, $"inputs[{index}].{part}");
}
