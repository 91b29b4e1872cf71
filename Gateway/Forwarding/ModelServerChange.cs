using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Forwarding;

/// <summary>What was changed at the model server through the gateway (a model loaded or unloaded, its log settings), as the audit log keeps it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When the server had done it.</param>
/// <param name="Actor">Name of the key that did it.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Of V2, with its model.</param>
/// <param name="Body">What was sent; null when it was no JSON or more than <see cref="MaxKeptBytes"/>.</param>
/// <param name="BodySha256">Of all that was sent, hex digits; null when that was nothing.</param>
/// <param name="CorrelationId">Of the request that changed it.</param>
public sealed record ModelServerChange(
    int Schema, string Event, DateTimeOffset Timestamp, string Actor, string Method, string Path, JsonElement? Body = null, string? BodySha256 = null, string? CorrelationId = null)
{
    public const string EventName = "model_server_changed";

    /// <summary>Of a body; a load may bring whole models.</summary>
    public const int MaxKeptBytes = 4_096;

    private const string LoggingPath = "/v2/logging";
    private const string ModelsPath = "/v2/repository/models/";

    /// <summary>Whether its body is settings of the server's log.</summary>
    [JsonIgnore]
    public bool IsLogging => Path == LoggingPath;

    /// <summary>The model that was loaded or unloaded, and whether it was loaded; null when it is something else.</summary>
    [JsonIgnore]
    public (string Model, bool Loaded)? Model => Path.StartsWith(ModelsPath, StringComparison.Ordinal) && Path[ModelsPath.Length..].Split('/') is [var model, "load" or "unload"]
        ? (model, Path.EndsWith("/load", StringComparison.Ordinal))
        : null;

    /// <summary>The change that a record of the audit log is; null when it is something else.</summary>
    internal static ModelServerChange? Parse(byte[] record) => JsonSerializer.Deserialize(record, AnyEventJson.Default.AnyEvent)?.Event == EventName
        ? JsonSerializer.Deserialize(record, ModelServerJson.Default.ModelServerChange)
        : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelServerChange))]
internal sealed partial class ModelServerJson : JsonSerializerContext;
