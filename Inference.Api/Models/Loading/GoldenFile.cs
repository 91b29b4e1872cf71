using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Rest;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>A version's <c>golden.json</c>: a request of V2, the answer that this version gives to it, and how exact. A version that answers otherwise is not served.</summary>
/// <remarks><c>{"request":{"inputs":[...]},"response":{"outputs":[...]},"tolerance":{"absolute":1e-5,"relative":0}}</c>, tensors as V2's JSON has them.</remarks>
internal sealed class GoldenFile(V2RequestReader reader)
{
    public const string Name = "golden.json";

    /// <returns>Null when the version has none.</returns>
    /// <exception cref="InvalidDataException">It is not as described; the message says where.</exception>
    public GoldenInference? Read(ModelDirectory directory, long version)
    {
        if (directory.TryReadVersionFile(version, Name) is not { } bytes)
        {
            return null;
        }

        try
        {
            var body = JsonSerializer.Deserialize(bytes, GoldenJson.Default.GoldenBody) ?? throw new InvalidDataException($"{Name} is null");
            Check(body);
            return new GoldenInference(Request("request", body.Request, directory.Name), Request("response", AsRequest(body.Response), directory.Name).Inputs, body.Tolerance ?? new Tolerance());
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{Name} at {exception.Path}: {exception.Message.Split(" Path:")[0]}", exception);
        }
    }

    private static void Check(GoldenBody body)
    {
        if (body.Response.ValueKind != JsonValueKind.Object || !body.Response.TryGetProperty("outputs", out var outputs) || outputs.ValueKind != JsonValueKind.Array || outputs.GetArrayLength() == 0)
        {
            throw new InvalidDataException($"{Name}: response.outputs must name at least one output");
        }

        if (body.Tolerance is { } tolerance && !(double.IsFinite(tolerance.Absolute) && tolerance.Absolute >= 0 && double.IsFinite(tolerance.Relative) && tolerance.Relative >= 0))
        {
            throw new InvalidDataException($"{Name}: tolerance.absolute and tolerance.relative must be at least 0");
        }
    }

    /// <summary>V2 gives outputs the form of inputs, so that one reader does for both.</summary>
    private static JsonElement AsRequest(JsonElement response) =>
        JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["inputs"] = response.GetProperty("outputs") }, GoldenJson.Default.DictionaryStringJsonElement);

    private InferRequest Request(string part, JsonElement json, string model)
    {
        try
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(json, GoldenJson.Default.JsonElement);
            return reader.Read(model, version: null, bytes, bytes.Length).Request;
        }
        catch (ServiceError error)
        {
            throw new InvalidDataException(error.Errors is [var first, ..] ? $"{Name}: {part}: {first.Field}: {first.Message}" : $"{Name}: {part}: {error.Message}", error);
        }
    }
}

/// <summary>The file as it stands.</summary>
internal sealed record GoldenBody(JsonElement Request, JsonElement Response, Tolerance? Tolerance = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(GoldenBody))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class GoldenJson : JsonSerializerContext;
