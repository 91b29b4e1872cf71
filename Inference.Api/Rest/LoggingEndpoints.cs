using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The routes of Triton's logging extension.</summary>
internal static class LoggingEndpoints
{
    private const int MaxBodyBytes = 64 << 10;

    public static void MapLogging(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v2/logging", (LogSettingsService service) => Json(service.Read()));
        routes.MapPost("/v2/logging", async (LogSettingsService service, HttpContext context) =>
        {
            var body = await JsonBody.ReadAsync(context, V2Json.Default.DictionaryStringJsonElement, MaxBodyBytes);
            return Json(service.Change((body ?? []).ToDictionary(pair => pair.Key, pair => Value(pair.Key, pair.Value), StringComparer.Ordinal)));
        });
    }

    private static object? Value(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Number when value.TryGetInt64(out var number) => number,
        JsonValueKind.String => JsonBody.Text(value, TensorCheck.Short(name)),
        JsonValueKind.Null => null,
        _ => throw TensorCheck.Invalid("must be a boolean, an integer or a string", TensorCheck.Short(name)),
    };

    private static JsonHttpResult<LogSettings> Json(LogSettings settings) => TypedResults.Json(settings, V2Json.Default.LogSettings);
}
