using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.Inference.Api.Models;

/// <summary>Reads and writes <see cref="ModelConfig"/> as JSON.</summary>
internal static class ModelConfigFile
{
    public const string FileName = "config.json";

    public static string Format(ModelConfig config) => JsonSerializer.Serialize(config, ModelConfigJson.Default.ModelConfig);

    /// <exception cref="InvalidDataException">Not JSON, an unknown name, or a value of the wrong kind; the message says where.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, ModelConfigJson.Default.ModelConfig) ?? throw new InvalidDataException($"{FileName} is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{FileName} at {exception.Path}: {exception.Message.Split(" Path:")[0]}", exception);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelConfig))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ModelConfigJson : JsonSerializerContext;
