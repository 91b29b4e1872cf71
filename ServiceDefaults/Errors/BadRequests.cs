using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>
/// Turns what ASP.NET Core says about a request that it cannot bind into an error that names the field, without the caller's values or our type names.
/// </summary>
internal static partial class BadRequests
{
    public static ServiceError Explain(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => new ServiceError(ErrorCode.PayloadTooLarge, Limit().Match(bad.Message) is { Success: true } limit ? $"The body is larger than {limit.Groups["bytes"].Value} bytes." : "The body is larger than this service takes.", bad),
        StatusCodes.Status408RequestTimeout => new ServiceError(ErrorCode.DeadlineExceeded, "The request arrived too slowly.", bad),
        StatusCodes.Status415UnsupportedMediaType => new ServiceError(ErrorCode.InvalidArgument, "The body must be JSON: content-type application/json.", "content-type"),
        _ when bad.InnerException is JsonException json => Explain(json),
        _ => Explain(bad.Message),
    };

    /// <summary>A body that is not JSON, or JSON of the wrong shape.</summary>
    public static ServiceError Explain(JsonException json)
    {
        var field = FieldOf(json.Path);
        if (Missing().Match(json.Message) is { Success: true } missing)
        {
            var names = Quoted().Matches(missing.Groups["names"].Value).Select(name => name.Groups["name"].Value);
            return ServiceError.Many(ErrorCode.InvalidArgument, names.Select(name => new FieldError(Join(field, name), "is required")));
        }

        if (Unknown().Match(json.Message) is { Success: true } unknown)
        {
            var name = unknown.Groups["name"].Value;
            return new ServiceError(ErrorCode.InvalidArgument, "is not a known field", field.EndsWith(name, StringComparison.Ordinal) ? field : Join(field, name));
        }

        // The reader's own exception inside means broken syntax; without it the JSON is well-formed and a value has the wrong type.
        return json.InnerException is JsonException
            ? new ServiceError(ErrorCode.InvalidArgument, $"The body is not valid JSON (line {json.LineNumber + 1}, byte {json.BytePositionInLine}).", field.Length == 0 ? "body" : field)
            : new ServiceError(ErrorCode.InvalidArgument, "has the wrong type, or is null where a value is needed", field.Length == 0 ? "body" : field);
    }

    private static ServiceError Explain(string message) => Parameter().Match(message) is { Success: true } parameter
        ? new ServiceError(ErrorCode.InvalidArgument, message.StartsWith("Required", StringComparison.Ordinal) ? "is required" : "has the wrong type", parameter.Groups["name"].Value)
        : message.Contains("no body was provided", StringComparison.Ordinal)
            ? new ServiceError(ErrorCode.InvalidArgument, "A JSON body is required.", "body")
            : new ServiceError(ErrorCode.InvalidArgument, "The request cannot be read.");

    /// <summary><c>$.entities.origin[0]</c> becomes <c>entities.origin[0]</c>.</summary>
    private static string FieldOf(string? path) => path is null or "$" ? "" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path.TrimStart('$');

    private static string Join(string field, string name) => field.Length == 0 ? name : $"{field}.{name}";

    // JSON deserialization for type 'X' was missing required properties including: 'a', 'b'.
    [GeneratedRegex(@"missing required properties including: (?<names>.*)")]
    private static partial Regex Missing();

    // The JSON property 'x' could not be mapped to any .NET member contained in type 'X'.
    [GeneratedRegex(@"The JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex Unknown();

    // Request body too large. The max request body size is 1048576 bytes.
    [GeneratedRegex(@"max request body size is (?<bytes>\d+) bytes")]
    private static partial Regex Limit();

    [GeneratedRegex(@"['""](?<name>[^'""]+)['""]")]
    private static partial Regex Quoted();

    // Required parameter "string name" was not provided from query string.  Failed to bind parameter "int id" from "abc".
    [GeneratedRegex(@"arameter ""\S+ (?<name>\w+)""")]
    private static partial Regex Parameter();
}
