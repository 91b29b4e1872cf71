using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Reads and writes <see cref="ModelConfig"/>: as JSON, as protobuf's text format, and as Triton's message. JSON is the one form that the others go through: protobuf's own mapping keeps Triton's names.</summary>
internal static class ModelConfigFile
{
    public const string FileName = "config.json";
    public const string TextFileName = "config.pbtxt";

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    public static string Format(ModelConfig config) => JsonSerializer.Serialize(config, ModelConfigJson.Default.ModelConfig);

    /// <summary>What gRPC's ModelConfig answers.</summary>
    public static Protos.Config.ModelConfig ToMessage(ModelConfig config) => JsonParser.Default.Parse<Protos.Config.ModelConfig>(Format(config));

    /// <exception cref="InvalidDataException">Not JSON, an unknown name, or a value of the wrong kind; the message says where.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> utf8) => Parse(utf8, FileName);

    /// <exception cref="InvalidDataException">Not the text format, a field that is not supported, or a value of the wrong kind; the message says at which line.</exception>
    public static ModelConfig ParseText(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Parse(Encoding.UTF8.GetBytes(Formatter.Format(TextFormatReader.Parse<Protos.Config.ModelConfig>(Encoding.UTF8.GetString(utf8)))), TextFileName);
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith(TextFileName, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{TextFileName} {exception.Message}", exception);
        }
    }

    private static ModelConfig Parse(ReadOnlySpan<byte> utf8, string fileName)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, ModelConfigJson.Default.ModelConfig) ?? throw new InvalidDataException($"{fileName} is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{fileName} at {exception.Path}: {exception.Message.Split(" Path:")[0]}", exception);
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
