using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>Texts on the wire that may become part of a key.</summary>
internal static class EntityValue
{
    public const int MaxLength = 128;

    /// <summary>The string, 1 to 128 characters; "" when it is not one (noted in <paramref name="problems"/>).</summary>
    public static string Read(FieldProblems problems, JsonElement json, RowField field)
    {
        var text = TextOf(json);
        if (text is { Length: > 0 and <= MaxLength })
        {
            return text;
        }
        problems.Add(field, $"must be a string of 1 to {MaxLength} characters");
        return "";
    }

    /// <summary>The JSON string; null when it is none.</summary>
    public static string? TextOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            return null;
        }
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
