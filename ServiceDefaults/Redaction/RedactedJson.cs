using System.Buffers;
using System.Text.Json;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>JSON from outside as it may be kept: its form and numbers stay, secrets in it do not.</summary>
public static class RedactedJson
{
    /// <summary>The same, with <see cref="Redactor.Mark"/> for what is under a sensitive name and for what in a text looks like a secret.</summary>
    public static JsonElement Of(JsonElement json)
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
                writer.WriteStartObject();
                foreach (var property in json.EnumerateObject())
                {
                    WriteProperty(writer, property);
                }

                writer.WriteEndObject();
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

    private static void WriteProperty(Utf8JsonWriter writer, JsonProperty property)
    {
        writer.WritePropertyName(Redactor.Text(property.Name));
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
