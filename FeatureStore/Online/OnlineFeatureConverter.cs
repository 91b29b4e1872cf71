using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.FeatureStore.Online;

/// <summary>Writes one feature of an answer: <c>{"name","values","statuses","ages_seconds"}</c>.</summary>
internal sealed class OnlineFeatureConverter : JsonConverter<OnlineFeature>
{
    private const long MicrosecondsPerSecond = 1_000_000;
    private static readonly JsonEncodedText[] Statuses = Array.ConvertAll(Enum.GetValues<FieldStatus>(), status => JsonEncodedText.Encode(FieldStatuses.Wire(status)));

    public override OnlineFeature Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Answers are only written.");

    public override void Write(Utf8JsonWriter writer, OnlineFeature value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, value.Name);
        writer.WritePropertyName("values"u8);
        ColumnJson.WriteValues(writer, value.Values, value.Statuses);
        writer.WriteStartArray("statuses"u8);
        foreach (var status in value.Statuses) { writer.WriteStringValue(Statuses[(int)status]); }
        writer.WriteEndArray();
        writer.WriteStartArray("ages_seconds"u8);
        foreach (var age in value.AgesMicroseconds)
        {
            if (age >= 0) { writer.WriteNumberValue(age / MicrosecondsPerSecond); }
            else { writer.WriteNullValue(); }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
