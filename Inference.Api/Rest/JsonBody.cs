using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads the small JSON bodies of the extensions, whatever their content type.</summary>
internal static class JsonBody
{
    /// <returns>Null for an empty body.</returns>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: not the JSON of <paramref name="type"/>. PayloadTooLarge.</exception>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int maxBytes)
        where T : class
    {
        using var body = await RequestBody.ReadAsync(context, maxBytes, context.RequestAborted);
        try
        {
            return body.Memory.IsEmpty ? null : JsonSerializer.Deserialize(body.Memory.Span, type);
        }
        catch (JsonException exception)
        {
            throw TensorCheck.Invalid("is not the JSON that this request takes", exception.Path is { Length: > 2 } path ? TensorCheck.Short(path[2..]) : "body");
        }
    }

    /// <summary>The text of a JSON string.</summary>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: half of a surrogate pair.</exception>
    public static string Text(JsonElement value, string field)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw TensorCheck.Invalid("the string is not valid Unicode", field);
        }
    }
}
