using System.Text.Json;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>What Feast makes of values that are not of their field's type: 0 and 1 are a BOOL; a number as it was sent, and a truth as Python spells it, are a STRING.</summary>
/// <remarks>Source: <see href="https://github.com/feast-dev/feast/blob/master/sdk/python/feast/type_map.py">feast/type_map.py</see>, <c>PYTHON_SCALAR_VALUE_TYPE_TO_PROTO_VALUE</c>.</remarks>
internal static class FeastScalars
{
    private static readonly JsonElement Yes = JsonElement.Parse("true");
    private static readonly JsonElement No = JsonElement.Parse("false");

    /// <summary>The column with values of the type; what is none and cannot become one stays.</summary>
    public static JsonElement[] Of(JsonElement[] column, FieldType type) => type switch
    {
        FieldType.Bool => Array.ConvertAll(column, Truth),
        FieldType.String => Array.ConvertAll(column, Text),
        _ => column,
    };

    private static JsonElement Truth(JsonElement json) => json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && number is 0 or 1 ? (number == 1 ? Yes : No) : json;

    private static JsonElement Text(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => JsonElement.Parse($"\"{json.GetRawText()}\""),
        JsonValueKind.True => JsonElement.Parse("\"True\""),
        JsonValueKind.False => JsonElement.Parse("\"False\""),
        _ => json,
    };
}
