using System.Buffers;
using System.Text.Json;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>JSON from outside as it may be kept: its form and numbers stay, secrets in it do not.</summary>
public static class RedactedJson
{
    /// <summary>The same, with <see cref="Redactor.Mark"/> for what is under a sensitive name and for what in a text looks like a secret.</summary>
    /// <param name="json">What came.</param>
    /// <param name="field">Where it was in the request.</param>
    /// <exception cref="ServiceError">InvalidArgument (<paramref name="field"/>): a text or a name in it is no valid Unicode: <c>"\ud800"</c> is half a surrogate pair, which the parser lets through.</exception>
    public static JsonElement Of(JsonElement json, string field)
    {
        try
        {
            return Of(json);
        }
        catch (InvalidOperationException) // of reading the text
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "has a text that is no valid Unicode", field);
        }
    }

    private static JsonElement Of(JsonElement json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, json);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, json);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Redactor.Text(json.GetString()!));
                break;
            default:
                json.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement json)
    {
        var names = new UniqueNames();
        writer.WriteStartObject();
        foreach (var property in json.EnumerateObject())
        {
            writer.WritePropertyName(names.Of(Redactor.Text(property.Name)));
            WriteValue(writer, property);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonProperty property)
    {
        if (SensitiveNames.Contains(property.Name) && property.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False))
        {
            writer.WriteStringValue(Redactor.Mark);
        }
        else
        {
            Write(writer, property.Value);
        }
    }
}
