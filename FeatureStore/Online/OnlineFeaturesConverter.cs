using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.FeatureStore.Online;

/// <summary>Writes an answer. Statuses and ages that several features share are made into text once: in an answer from a row view that is most of its bytes.</summary>
internal sealed class OnlineFeaturesConverter : JsonConverter<OnlineFeaturesResponse>
{
    private const long MicrosecondsPerSecond = 1_000_000;
    private static readonly JsonEncodedText[] Statuses = Array.ConvertAll(Enum.GetValues<FieldStatus>(), status => JsonEncodedText.Encode(FieldStatuses.Wire(status)));

    public override OnlineFeaturesResponse Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Answers are only written.");

    public override void Write(Utf8JsonWriter writer, OnlineFeaturesResponse value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("feature_service"u8, value.FeatureService);
        writer.WriteNumber("version"u8, value.Version);
        writer.WriteStartArray("features"u8);
        (OnlineFeature? of, byte[] json) = (null, []);
        foreach (var feature in value.Features)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, feature.Name);
            writer.WritePropertyName("values"u8);
            ColumnJson.WriteValues(writer, feature.Values, feature.Statuses);
            if (of is null || !ReferenceEquals(of.Statuses, feature.Statuses) || !ReferenceEquals(of.AgesMicroseconds, feature.AgesMicroseconds))
            {
                (of, json) = (feature, Quality(feature));
            }
            writer.WritePropertyName("statuses"u8);
            var ages = json.AsSpan().IndexOf((byte)'\n');
            writer.WriteRawValue(json.AsSpan(0, ages), skipInputValidation: true);
            writer.WritePropertyName("ages_seconds"u8);
            writer.WriteRawValue(json.AsSpan(ages + 1), skipInputValidation: true);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The array of statuses, a line feed, the array of ages.</summary>
    private static byte[] Quality(OnlineFeature feature)
    {
        var buffer = new ArrayBufferWriter<byte>(feature.Statuses.Length * 20 + 16);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var status in feature.Statuses)
            {
                json.WriteStringValue(Statuses[(int)status]);
            }
            json.WriteEndArray();
        }
        buffer.Write("\n"u8);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var age in feature.AgesMicroseconds)
            {
                if (age >= 0)
                {
                    json.WriteNumberValue(age / MicrosecondsPerSecond);
                }
                else
                {
                    json.WriteNullValue();
                }
            }
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
