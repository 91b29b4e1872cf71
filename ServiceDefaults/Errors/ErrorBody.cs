using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using MlAspire.ServiceDefaults.Correlation;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>An error on our routes: problem+json with a code, the wrong fields and the ids to look it up by.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</see>; <c>type</c> is always <c>about:blank</c>, so <c>title</c> is the phrase of the status.</remarks>
public sealed record ProblemBody(
    string Type, string Title, int Status, string Code, string Detail, IReadOnlyList<FieldError> Errors, string? CorrelationId, string? TraceId);

/// <summary>An error on V2 routes. Source: <see href="https://github.com/open-inference/open-inference-protocol">Open Inference Protocol</see>, "Inference Response JSON Error Object", which has the first member; clients leave the others alone.</summary>
/// <param name="Code">The wire name of an <see cref="ErrorCode"/>.</param>
/// <param name="Field">The first wrong field; absent when the failure is not about fields.</param>
public sealed record V2ErrorBody(string Error, string Code, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field);

/// <summary>Writes an error to the answer: <see cref="V2ErrorBody"/> below <c>/v2</c>, <see cref="ProblemBody"/> everywhere else.</summary>
internal static class ErrorBody
{
    public static async Task WriteAsync(HttpContext context, ServiceError error, int status)
    {
        context.Response.StatusCode = status;
        if (ErrorMapping.Of(error.Code).IsRetryable)
        {
            var seconds = Math.Max(1, Math.Ceiling((error.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        context.Response.ContentLength = null; // of an answer without a body, forwarded from another service
        if (context.Request.Path.StartsWithSegments("/v2"))
        {
            await context.Response.WriteAsJsonAsync(
                new V2ErrorBody(V2Text(error), ErrorMapping.Of(error.Code).Wire, error.Errors is [var first, ..] ? first.Field : null), ErrorJson.Default.V2ErrorBody, contentType: null, context.RequestAborted);
            return;
        }

        var problem = new ProblemBody(
            "about:blank", ReasonPhrases.GetReasonPhrase(status), status, ErrorMapping.Of(error.Code).Wire, error.Message, error.Errors,
            CorrelationId.Current, Activity.Current?.TraceId.ToHexString());
        await context.Response.WriteAsJsonAsync(problem, ErrorJson.Default.ProblemBody, "application/problem+json", context.RequestAborted);
    }

    /// <summary>The sentence for a status that came without one.</summary>
    public static string TextOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this path.",
        StatusCodes.Status405MethodNotAllowed => "This path does not take this method.",
        StatusCodes.Status413PayloadTooLarge => "The body is larger than this service takes.",
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON: content-type application/json.",
        _ => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? $"{phrase}." : "The request failed.",
    };

    private static string V2Text(ServiceError error) =>
        error.Errors.Count == 0 ? error.Message : string.Join("; ", error.Errors.Select(each => $"{each.Field}: {each.Message}"));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(V2ErrorBody))]
internal sealed partial class ErrorJson : JsonSerializerContext;
