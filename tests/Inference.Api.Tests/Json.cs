using System.Text.Json.Nodes;

namespace MlAspire.Inference.Api.Tests;

/// <summary>Compares JSON as JSON: the order of names and white space do not matter, everything else does.</summary>
internal static class Json
{
    public static void Equal(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nactual   {actual?.ToJsonString() ?? "nothing"}");
}
