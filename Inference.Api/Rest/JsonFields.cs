using System.Text;
using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads JSON values of a required kind; anything else is InvalidArgument with the field's name.</summary>
internal static class JsonFields
{
    private static readonly string[] KnownNames = ["name", "shape", "datatype", "parameters", "data", "binary_data_size", "binary_data", "inputs", "outputs", "id", "binary_data_output"];

    /// <summary>Moves to the value of an object's next property; false on the object's end. The reader starts on the object's start, or on the end of the last value.</summary>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a name appears in <paramref name="seen"/> already, or they are more than <see cref="TensorCheck.MaxNames"/>.</exception>
    public static bool TryNextProperty(ref Utf8JsonReader reader, string field, ref PropertyNames seen, out string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            name = "";
            return false;
        }

        name = Known(ref reader) ?? Text(ref reader, field);
        if (!seen.Add(name))
        {
            throw TensorCheck.Invalid($"'{TensorCheck.Short(name)}' is there twice", field);
        }

        if (seen.Count > TensorCheck.MaxNames)
        {
            throw TensorCheck.Invalid($"more than {TensorCheck.MaxNames} names", field);
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

    public static string String(ref Utf8JsonReader reader, string field, string? part = null)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw TensorCheck.Invalid("must be a string", Name(field, part));
        }

        return Text(ref reader, field, part);
    }

    /// <summary>A datatype by its exact name.</summary>
    public static DataType DataType(ref Utf8JsonReader reader, string field)
    {
        // The one that nearly every request has, without making a string of it.
        return reader.TokenType == JsonTokenType.String && Is(ref reader, "FP32") ? Protocol.DataType.Fp32
            : TensorCheck.ParseType(String(ref reader, field, "datatype"), field);
    }

    public static bool Boolean(object value, string field, string part) => value is bool boolean ? boolean : throw TensorCheck.Invalid("must be true or false", Name(field, part));

    /// <summary>An array of JSON integers.</summary>
    /// <param name="maxCount">At most 64.</param>
    public static long[] Integers(ref Utf8JsonReader reader, string field, string part, int maxCount)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw TensorCheck.Invalid("must be an array", Name(field, part));
        }

        Span<long> values = stackalloc long[maxCount];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == maxCount)
            {
                throw TensorCheck.Invalid($"more than {maxCount} dimensions", Name(field, part));
            }

            values[count] = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value
                : throw TensorCheck.Invalid("must be an array of integers", $"{field}.{part}[{count}]");
            count++;
        }

        return values[..count].ToArray();
    }

    /// <summary>An object of strings, numbers and booleans; integral numbers become <see cref="long"/>, others <see cref="double"/>.</summary>
    public static Dictionary<string, object> Parameters(ref Utf8JsonReader reader, string field)
    {
        Require(ref reader, JsonTokenType.StartObject, field);
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var seen = default(PropertyNames);
        while (TryNextProperty(ref reader, field, ref seen, out var name))
        {
            values[name] = Parameter(ref reader, field, name);
        }

        return values;
    }

    /// <summary>The value of one parameter.</summary>
    public static object Parameter(ref Utf8JsonReader reader, string field, string name) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader, field),
        JsonTokenType.True => Boxed.Of(true),
        JsonTokenType.False => Boxed.Of(false),
        JsonTokenType.Number when reader.TryGetInt64(out var integer) => Boxed.Of(integer),
        JsonTokenType.Number when reader.TryGetDouble(out var number) && double.IsFinite(number) => number,
        _ => throw TensorCheck.Invalid("a parameter must be a string, a number in range, or a boolean", $"{field}.{TensorCheck.Short(name)}"),
    };

    private static string Name(string field, string? part) => part is null ? field : $"{field}.{part}";

    /// <summary>A name of the protocol, without making a string of it; null for any other.</summary>
    private static string? Known(ref Utf8JsonReader reader)
    {
        foreach (var name in KnownNames)
        {
            if (Is(ref reader, name))
            {
                return name;
            }
        }

        return null;
    }

    private static bool Is(ref Utf8JsonReader reader, string ascii) => !reader.ValueIsEscaped && Ascii.Equals(reader.ValueSpan, ascii);

    private static string Text(ref Utf8JsonReader reader, string field, string? part = null)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw TensorCheck.Invalid("the string is not valid Unicode", Name(field, part));
        }
    }
}
