using System.Text.Json;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads JSON values of a required kind; anything else is InvalidArgument with the field's name.</summary>
internal static class JsonFields
{
    /// <summary>Moves to the value of an object's next property; false on the object's end. The reader starts on the object's start, or on the end of the last value.</summary>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a name appears in <paramref name="seen"/> already.</exception>
    public static bool TryNextProperty(ref Utf8JsonReader reader, string field, HashSet<string> seen, out string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            name = "";
            return false;
        }

        name = Text(ref reader, field);
        if (!seen.Add(name))
        {
            throw TensorCheck.Invalid($"'{TensorCheck.Short(name)}' is there twice", field);
        }

        reader.Read();
        return true;
    }

    public static void Require(ref Utf8JsonReader reader, JsonTokenType token, string field)
    {
        if (reader.TokenType != token)
        {
            throw TensorCheck.Invalid($"must be {(token == JsonTokenType.StartObject ? "an object" : token == JsonTokenType.StartArray ? "an array" : "a string")}", field);
        }
    }

    public static string String(ref Utf8JsonReader reader, string field)
    {
        Require(ref reader, JsonTokenType.String, field);
        return Text(ref reader, field);
    }

    public static bool Boolean(object value, string field) => value is bool boolean ? boolean : throw TensorCheck.Invalid("must be true or false", field);

    /// <summary>An array of JSON integers.</summary>
    public static long[] Integers(ref Utf8JsonReader reader, string field, int maxCount)
    {
        Require(ref reader, JsonTokenType.StartArray, field);
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count == maxCount)
            {
                throw TensorCheck.Invalid($"more than {maxCount} dimensions", field);
            }

            values.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value
                : throw TensorCheck.Invalid("must be an array of integers", $"{field}[{values.Count}]"));
        }

        return [.. values];
    }

    /// <summary>An object of strings, numbers and booleans; integral numbers become <see cref="long"/>, others <see cref="double"/>.</summary>
    public static Dictionary<string, object> Parameters(ref Utf8JsonReader reader, string field)
    {
        Require(ref reader, JsonTokenType.StartObject, field);
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (TryNextProperty(ref reader, field, seen, out var name))
        {
            values[name] = reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader, field),
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.Number when reader.TryGetInt64(out var integer) => integer,
                JsonTokenType.Number when reader.TryGetDouble(out var number) && double.IsFinite(number) => number,
                _ => throw TensorCheck.Invalid("a parameter must be a string, a number in range, or a boolean", $"{field}.{TensorCheck.Short(name)}"),
            };
        }

        return values;
    }

    private static string Text(ref Utf8JsonReader reader, string field)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw TensorCheck.Invalid("the string is not valid Unicode", field);
        }
    }
}
