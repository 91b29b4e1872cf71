using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Forwarding;

/// <summary>What is to be changed at the model server through the gateway (a model loaded or unloaded, its log settings), as the audit log keeps it before it is asked.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Id">Of the change: its <see cref="ModelServerAnswer"/> has the same.</param>
/// <param name="Timestamp">When the server was asked.</param>
/// <param name="Actor">Name of the key that asks.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Of V2, with its model.</param>
/// <param name="Body">What is sent; null when it is no JSON, has a text that is no valid Unicode, is more than <see cref="MaxKeptBytes"/>, or holds what looks like a secret.</param>
/// <param name="BodySha256">Of all that is sent, hex digits; null when that is nothing.</param>
/// <param name="CorrelationId">Of the request.</param>
public sealed record ModelServerChange(
    int Schema, string Event, Guid Id, DateTimeOffset Timestamp, string Actor, string Method, string Path, JsonElement? Body = null, string? BodySha256 = null, string? CorrelationId = null)
{
    public const string EventName = "model_server_change_requested";

    /// <summary>Of a body; a load may bring whole models.</summary>
    public const int MaxKeptBytes = 4_096;

    private const string LoggingPath = "v2/logging";

    /// <summary>Whether its body is settings of the server's log.</summary>
    [JsonIgnore]
    public bool IsLogging => string.Equals(Path.Trim('/'), LoggingPath, StringComparison.OrdinalIgnoreCase);

    /// <summary>The model that is to be loaded or unloaded, and whether it is to be loaded; null when it is something else.</summary>
    [JsonIgnore]
    public (string Model, bool Loaded)? Model => ModelOf(Path);

    /// <inheritdoc cref="Model"/>
    /// <remarks>As routes are matched: in any case, with or without a slash at the end.</remarks>
    public static (string Model, bool Loaded)? ModelOf(string path) => path.Trim('/').Split('/') is [var v2, var repository, var models, var model, var action]
        && Is(v2, "v2") && Is(repository, "repository") && Is(models, "models") && (Is(action, "load") || Is(action, "unload"))
            ? (model, Is(action, "load"))
            : null;

    private static bool Is(string part, string name) => string.Equals(part, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What the model server answered to a <see cref="ModelServerChange"/>. Without one, only the server knows whether the change was made.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Id">Of the change.</param>
/// <param name="Timestamp">When the answer came.</param>
/// <param name="Status">HTTP status.</param>
public sealed record ModelServerAnswer(int Schema, string Event, Guid Id, DateTimeOffset Timestamp, int Status)
{
    public const string EventName = "model_server_change_answered";

    /// <summary>True: it was made; false: it was refused; null: the server does not say, as at 504.</summary>
    [JsonIgnore]
    public bool? IsMade => Status < StatusCodes.Status400BadRequest ? true : Status < StatusCodes.Status500InternalServerError ? false : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelServerChange))]
[JsonSerializable(typeof(ModelServerAnswer))]
internal sealed partial class ModelServerJson : JsonSerializerContext;
