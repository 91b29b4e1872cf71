using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Answers a <see cref="FeastError"/> as Feast's feature server does, and tells it in a line: its 500 is the caller's fault, too.</summary>
internal sealed partial class FeastErrorFilter(ILogger<FeastErrorFilter> log) : IEndpointFilter
{
    private const string Code = "invalid_argument";
    private static readonly JsonSerializerOptions Relaxed = new(FeatureStoreJson.Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (FeastError e)
        {
            LogRefused(Code, e.Kind, e.Field);
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

    [LoggerMessage(EventName = TelemetryNames.Events.RequestRefused, Level = LogLevel.Information, Message = "The request was refused: {Code}: {Reason} (field {Field})")]
    private partial void LogRefused(string code, string reason, string? field);
}
