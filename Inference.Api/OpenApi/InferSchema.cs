using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>A model's infer request and answer as JSON Schema. Inputs and outputs have a schema each, <c>input_</c> and <c>output_</c> with their position: names of tensors are no names of components.</summary>
internal static class InferSchema
{
    public static JsonObject Components(LoadedModel model)
    {
        var schemas = new JsonObject { ["infer_request"] = Request(model.Signature), ["infer_response"] = Response(model.Signature), ["error"] = OpenApiErrors.Schema() };
        foreach (var type in model.Signature.Inputs.Concat(model.Signature.Outputs).Select(tensor => tensor.DataType).Append(DataType.Bytes).Distinct()) // BYTES: what is classified
        {
            schemas[TensorSchema.DataName(type)] = TensorSchema.Data(type);
        }

        foreach (var (i, input) in model.Signature.Inputs.Index())
        {
            schemas[$"input_{i}"] = TensorSchema.Input(input, model.Config);
        }

        foreach (var (i, output) in model.Signature.Outputs.Index())
        {
            schemas[$"output_{i}"] = TensorSchema.Output(output, model.Config);
        }

        return schemas;
    }

    /// <returns>Null when an input is too large to be shown.</returns>
    public static JsonObject? Example(LoadedModel model)
    {
        var inputs = model.Signature.Inputs.Select(TensorSchema.Example).ToArray();
        return inputs.Contains(null) ? null : new JsonObject { ["id"] = "1", ["inputs"] = new JsonArray(inputs) };
    }

    private static JsonObject Request(ModelSignature signature) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("inputs"),
        ["properties"] = new JsonObject
        {
            ["id"] = new JsonObject { ["type"] = "string", ["description"] = "Comes back in the answer and is in the server's log." },
            ["parameters"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["binary_data_output"] = Property("boolean", "All outputs come as bytes after the JSON."),
                    ["priority"] = Property("integer", "1 is the most urgent; 0 = the model's default."),
                    ["timeout"] = Property("integer", "Microseconds that the request may wait for the model; 0 = the model's own limit."),
                },
            },
            ["inputs"] = Each(signature.Inputs.Count, "input", required: true),
            ["outputs"] = new JsonObject
            {
                ["description"] = "The outputs wanted; without it all.",
                ["type"] = "array",
                ["items"] = RequestedOutput(signature.Outputs),
            },
        },
    };

    private static JsonObject Response(ModelSignature signature) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("model_name", "model_version", "outputs"),
        ["properties"] = new JsonObject
        {
            ["model_name"] = new JsonObject { ["type"] = "string" },
            ["model_version"] = new JsonObject { ["type"] = "string" },
            ["id"] = new JsonObject { ["type"] = "string" },
            ["outputs"] = Each(signature.Outputs.Count, "output", required: false),
        },
    };

    private static JsonObject RequestedOutput(IReadOnlyList<TensorMetadata> outputs) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("name"),
        ["properties"] = new JsonObject
        {
            ["name"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. outputs.Select(output => (JsonNode)output.Name)]) },
            ["parameters"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["binary_data"] = Property("boolean", "This output comes as bytes after the JSON."),
                    ["classification"] = Property("integer", "The k largest values as BYTES elements value:index[:label] in place of the tensor."),
                },
            },
        },
    };

    private static JsonObject Each(int count, string kind, bool required)
    {
        var array = new JsonObject { ["type"] = "array", ["maxItems"] = count };
        if (required)
        {
            array["minItems"] = count;
        }

        if (count > 0)
        {
            array["items"] = new JsonObject { ["anyOf"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)TensorSchema.Reference($"{kind}_{i}"))]) };
        }

        return array;
    }

    private static JsonObject Property(string type, string description) => new() { ["type"] = type, ["description"] = description };
}
