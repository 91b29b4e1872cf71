using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Writes one column of Feast's answer, with Feast's names of the statuses.</summary>
internal sealed class FeatureVectorConverter : JsonConverter<FeatureVector>
{
    public override FeatureVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Answers are only written.");

    public override void Write(Utf8JsonWriter writer, FeatureVector value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("values"u8);
        ColumnJson.WriteValues(writer, value.Values, value.Statuses);
        writer.WriteStartArray("statuses"u8);
        foreach (var status in value.Statuses)
        {
            writer.WriteStringValue(NameOf(status));
        }
        writer.WriteEndArray();
        writer.WriteStartArray("event_timestamps"u8);
        foreach (var timestamp in value.EventTimestamps)
        {
            writer.WriteStringValue(timestamp);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string NameOf(FieldStatus status) => status switch
    {
        FieldStatus.Present or FieldStatus.Stale or FieldStatus.Default => "PRESENT",
        FieldStatus.Expired => "OUTSIDE_MAX_AGE",
        FieldStatus.Null => "NULL_VALUE",
        _ => "NOT_FOUND",
    };
}
