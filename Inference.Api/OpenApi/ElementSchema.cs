using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>One element of a tensor in JSON, by datatype: its JSON Schema with the exact range, and an example.</summary>
internal static class ElementSchema
{
    public static JsonObject Of(DataType type) => type switch
    {
        DataType.Bool => new() { ["type"] = "boolean" },
        DataType.UInt8 => Integer(byte.MinValue, byte.MaxValue),
        DataType.UInt16 => Integer(ushort.MinValue, ushort.MaxValue),
        DataType.UInt32 => Integer(uint.MinValue, uint.MaxValue),
        DataType.UInt64 => Integer(ulong.MinValue, ulong.MaxValue),
        DataType.Int8 => Integer(sbyte.MinValue, sbyte.MaxValue),
        DataType.Int16 => Integer(short.MinValue, short.MaxValue),
        DataType.Int32 => Integer(int.MinValue, int.MaxValue),
        DataType.Int64 => Integer(long.MinValue, long.MaxValue),
        DataType.Bytes => new() { ["type"] = "string" },
        _ => new()
        {
            ["description"] = $"A number that rounds to a finite {type.Name()}, or the name of what JSON has no number for.",
            ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "number" }, new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("NaN", "Infinity", "-Infinity") }),
        },
    };

    public static JsonNode Example(DataType type) => type switch
    {
        DataType.Bool => false,
        DataType.Bytes => "",
        _ => 0,
    };

    private static JsonObject Integer(JsonNode minimum, JsonNode maximum) => new() { ["type"] = "integer", ["minimum"] = minimum, ["maximum"] = maximum };
}
