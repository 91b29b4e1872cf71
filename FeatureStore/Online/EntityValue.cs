using System.Globalization;
using System.Text.Json;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Online;

/// <summary>Texts on the wire that may become part of a key.</summary>
internal static class EntityValue
{
    public const int MaxLength = 128;

    /// <summary>The value as text: the string, or the whole number in decimal; "" when it is no value of the type (noted in <paramref name="problems"/>).</summary>
    public static string Read(FieldProblems problems, JsonElement json, string field, FieldType type)
    {
        if (type == FieldType.String) { return Read(problems, json, field); }
        if (json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var number) && (type == FieldType.Int64 || number == (int)number)) { return number.ToString(CultureInfo.InvariantCulture); }
        problems.Add(field, type == FieldType.Int64 ? "must be a whole number of 64 bits" : "must be a whole number of 32 bits");
        return "";
    }

    /// <summary>The string, 1 to 128 characters; "" when it is not one (noted in <paramref name="problems"/>).</summary>
    public static string Read(FieldProblems problems, JsonElement json, string field)
    {
        var text = TextOf(json);
        if (text is { Length: > 0 and <= MaxLength }) { return text; }
        problems.Add(field, $"must be a string of 1 to {MaxLength} characters");
        return "";
    }

    /// <summary>The JSON string; null when it is none.</summary>
    public static string? TextOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String) { return null; }
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: JSON allows it, text does not.
            return null;
        }
    }
}
