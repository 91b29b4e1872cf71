using System.Text.Json;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>What the metadata of a version says beyond its tensors: which bytes it is, and what they follow from.</summary>
internal static class ModelProperties
{
    public const string LineageFile = "lineage.json";
    private const string Sha256 = "sha256";
    private const string ModelSha256 = "model_sha256";

    /// <returns><c>sha256</c> (hex) and, for each member of the version's lineage.json, <c>lineage.NAME</c>: text as it is, anything else as JSON.</returns>
    /// <exception cref="InvalidDataException">lineage.json is no JSON object, or is that of another model file.</exception>
    public static IReadOnlyDictionary<string, string> Of(ModelDirectory directory, long version, string sha256)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal) { [Sha256] = sha256 };
        if (directory.TryReadVersionFile(version, LineageFile) is { } bytes)
        {
            AddLineage(properties, bytes);
        }

        return properties.TryGetValue($"lineage.{ModelSha256}", out var other) && other != sha256
            ? throw new InvalidDataException($"{LineageFile} is that of another model: its {ModelSha256} is not the file's, {sha256}")
            : properties;
    }

    private static void AddLineage(SortedDictionary<string, string> properties, byte[] bytes)
    {
        try
        {
            using var lineage = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var member in lineage.RootElement.EnumerateObject())
            {
                properties[$"lineage.{member.Name}"] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : JsonSerializer.Serialize(member.Value, ModelConfigJson.Default.JsonElement);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{LineageFile} is no JSON object: {exception.Message}", exception);
        }
    }
}
