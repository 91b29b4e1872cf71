using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Answers a <see cref="FeastError"/> as Feast's feature server does.</summary>
internal sealed class FeastErrorFilter : IEndpointFilter
{
    private static readonly JsonSerializerOptions Relaxed = new(FeatureStoreJson.Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (FeastError e)
        {
            return Results.Text(Body(e), "application/json", statusCode: e.HttpStatus);
        }
    }

    private static string Body(FeastError error) => error switch
    {
        { Validation: { } type } => $$$"""{"detail":[{"type":"{{{type}}}","loc":["body"{{{string.Concat(error.Location.Select(step => ',' + (char.IsAsciiDigit(step[0]) ? step : Quote(step))))}}}],"msg":{{{Quote(error.Message)}}},"input":{}}]}""",
        { PythonClass: { } name } => Quote($"{{\"module\": \"feast.errors\", \"class\": \"{name}\", \"message\": {Quote(error.Message)}}}"),
        _ => Quote(error.Message),
    };

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString(Relaxed);
}
