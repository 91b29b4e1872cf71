using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>One input or output of a model as JSON Schema, and as an example: every variable dimension is 1 there, every element 0, false or empty.</summary>
internal static class TensorSchema
{
    /// <summary>Elements; a larger example would hide the document.</summary>
    public const int MaxExample = 4096;

    public static JsonObject Input(TensorMetadata tensor, ModelConfig config)
    {
        var schema = Of(tensor, config);
        schema["properties"]!["parameters"] = Parameter("binary_data_size", "Bytes of this input after the JSON; then there is no data.");
        schema["anyOf"] = new JsonArray(new JsonObject { ["required"] = new JsonArray("data") }, new JsonObject { ["required"] = new JsonArray("parameters") });
        return schema;
    }

    /// <summary>The tensor; or, of numbers, its classification: the k largest values of each row.</summary>
    public static JsonObject Output(TensorMetadata tensor, ModelConfig config) => tensor.DataType == DataType.Bytes ? OutputForm(tensor, config)
        : new() { ["anyOf"] = new JsonArray(OutputForm(tensor, config), OutputForm(new TensorMetadata(tensor.Name, DataType.Bytes, config.MaxBatchSize > 0 ? [-1, -1] : [-1]), config)) };

    /// <summary>Elements in row-major order, flat or as nested arrays.</summary>
    public static JsonObject Data(DataType type) => new()
    {
        ["description"] = $"{type.Name()} elements in row-major order, flat or nested.",
        ["type"] = "array",
        ["items"] = new JsonObject { ["anyOf"] = new JsonArray(ElementSchema.Of(type), Reference(DataName(type))) },
    };

    public static string DataName(DataType type) => $"{type.Name()}_data";

    public static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    /// <returns>Null when it would have more than <see cref="MaxExample"/> elements.</returns>
    public static JsonObject? Example(TensorMetadata tensor)
    {
        long[] shape = [.. tensor.Shape.Select(dimension => dimension == -1 ? 1 : dimension)];
        return Shape.TryElementCount(shape, out var count) && count <= MaxExample
            ? new()
            {
                ["name"] = tensor.Name,
                ["datatype"] = tensor.DataType.Name(),
                ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]),
                ["data"] = new JsonArray([.. Enumerable.Range(0, (int)count).Select(_ => ElementSchema.Example(tensor.DataType))]),
            }
            : null;
    }

    private static JsonObject OutputForm(TensorMetadata tensor, ModelConfig config)
    {
        var schema = Of(tensor, config);
        schema["properties"]!["parameters"] = Parameter("binary_data_size", "Bytes of this output after the JSON; then there is no data.");
        return schema;
    }

    private static JsonObject Of(TensorMetadata tensor, ModelConfig config) => new()
    {
        ["title"] = $"{tensor.Name}: {tensor.DataType.Name()} {Shape.Text(tensor.Shape)}",
        ["type"] = "object",
        ["required"] = new JsonArray("name", "datatype", "shape"),
        ["properties"] = new JsonObject
        {
            ["name"] = Constant(tensor.Name),
            ["datatype"] = Constant(tensor.DataType.Name()),
            ["shape"] = ShapeOf(tensor, config),
            ["data"] = Reference(DataName(tensor.DataType)),
        },
    };

    private static JsonObject ShapeOf(TensorMetadata tensor, ModelConfig config)
    {
        var shape = new JsonObject { ["type"] = "array" };
        // A file that says nothing about a tensor's rank declares it as rank 0.
        if (tensor.Shape.Length > 0)
        {
            (shape["minItems"], shape["maxItems"]) = (tensor.Shape.Length, tensor.Shape.Length);
            shape["prefixItems"] = new JsonArray([.. tensor.Shape.Select((dimension, axis) => (JsonNode)Dimension(dimension, axis == 0 ? config.MaxBatchSize : 0))]);
        }

        shape["items"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 };
        return shape;
    }

    /// <param name="maxRows">0 = this is no batch dimension.</param>
    private static JsonObject Dimension(long dimension, int maxRows) => maxRows > 0 ? new() { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = maxRows, ["description"] = "Rows." }
        : dimension == -1 ? new() { ["type"] = "integer", ["minimum"] = 0 }
        : new() { ["type"] = "integer", ["minimum"] = dimension, ["maximum"] = dimension };

    private static JsonObject Constant(string value) => new() { ["type"] = "string", ["enum"] = new JsonArray(value) };

    private static JsonObject Parameter(string name, string description) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { [name] = new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["description"] = description } },
    };
}
