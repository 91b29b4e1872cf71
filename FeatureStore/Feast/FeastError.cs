using System.Text.Json;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Feast;

/// <summary>A failure in Feast's own form; only for the routes that Feast's clients call.</summary>
/// <remarks>
/// Feast answers a JSON string. For an error class of its own the string is JSON again, which its remote client needs to raise the same class:
/// <c>"{\"module\": \"feast.errors\", \"class\": \"FeatureViewNotFoundException\", \"message\": \"...\"}"</c>; for any other error it is the message.
/// A body of another shape is pydantic's <c>{"detail":[{"type":"missing","loc":["body","df"],...}]}</c>.
/// </remarks>
internal sealed class FeastError : Exception
{
    private FeastError(int httpStatus, string? pythonClass, string message) : base(message) => (HttpStatus, PythonClass) = (httpStatus, pythonClass);

    public int HttpStatus { get; }

    /// <summary>Name in the Python module <c>feast.errors</c>; null = not one of Feast's.</summary>
    public string? PythonClass { get; }

    /// <summary>What pydantic calls what is wrong with the body's shape; null = something else is wrong.</summary>
    public string? Validation { get; private init; }

    /// <summary>Where in the body that is.</summary>
    public IReadOnlyList<string> Location { get; private init; } = [];

    /// <summary>What it is called in Feast: its class, pydantic's, or Python's.</summary>
    public string Kind => PythonClass ?? Validation ?? "ValueError";

    /// <summary>The field of the body that is wrong; null = the whole, or several.</summary>
    public string? Field => Location.Count == 0 ? null : Location[0];

    public static FeastError ServiceNotFound(string name, string project) => new(404, "FeatureServiceNotFoundException", $"Feature service {name} does not exist in project {project}");

    public static FeastError ViewNotFound(string name, string project) => new(404, "FeatureViewNotFoundException", $"Feature view {name} does not exist in project {project}");

    /// <param name="names">As a Python list.</param>
    public static FeastError RequestDataNotFound(string names) => new(404, "RequestDataNotFoundInEntityRowsException", $"Required request data source features {names} not found in the entity rows, but required by feature views");

    public static FeastError PushSourceNotFound(string name) => new(422, "PushSourceNotFoundException", $"Unable to find push source '{name}'.");

    public static FeastError NameCollision(IEnumerable<string> names) => new(500, "FeatureNameCollisionError", $"More than one feature is named {string.Join(", ", names)}; ask with full_feature_names.");

    public static FeastError Missing(string field) => Invalid("missing", "Field required", field);

    public static FeastError Invalid(string validation, string message, params string[] location) => new(422, null, message) { Validation = validation, Location = location };

    /// <summary>A body that could not be read. Source: <see href="https://docs.pydantic.dev/latest/errors/validation_errors/">pydantic, validation errors</see>.</summary>
    public static FeastError Of(BadHttpRequestException error)
    {
        if (error.StatusCode != StatusCodes.Status400BadRequest)
        {
            return new(error.StatusCode, null, error.Message);
        }
        // Of a value of another kind the path is known, e.g. $.features[0]; what is no JSON has the reader's own exception within.
        var path = error.InnerException is JsonException { InnerException: not JsonException, Path: ['$', '.', .. var inside] } ? inside.Split('.', '[', ']').Where(step => step.Length > 0).ToArray() : [];
        return path switch
        {
            [] => Invalid("json_invalid", "JSON decode error"),
            ["entities" or "df"] => Invalid("dict_type", "Input should be a valid dictionary", path),
            ["features" or "feature_views"] => Invalid("list_type", "Input should be a valid list", path),
            ["full_feature_names" or "disable_event_timestamp"] => Invalid("bool_type", "Input should be a valid boolean", path),
            _ => Invalid("string_type", "Input should be a valid string", path),
        };
    }

    /// <summary>What Feast reports as a Python KeyError, TypeError or ValueError.</summary>
    public static FeastError Other(string message) => new(500, null, message);

    /// <summary>What is wrong in the fields of a request, as a ValueError.</summary>
    public static FeastError Of(ServiceError error) => Other(string.Join("; ", error.Errors.Select(field => $"{field.Field} {field.Message}")));
}
