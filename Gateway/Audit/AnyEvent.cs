using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MlAspire.Gateway.Audit;

/// <summary>The part that every record has.</summary>
internal sealed record AnyEvent(string Event)
{
    /// <summary>Which event a record is of; null when it says none.</summary>
    public static string? NameOf(byte[] record) => JsonSerializer.Deserialize(record, AnyEventJson.Default.AnyEvent)?.Event;

    /// <summary>The record as an event of the name; null when it is another.</summary>
    public static T? As<T>(byte[] record, string name, JsonTypeInfo<T> type)
        where T : class => NameOf(record) == name ? JsonSerializer.Deserialize(record, type) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnyEvent))]
internal sealed partial class AnyEventJson : JsonSerializerContext;
