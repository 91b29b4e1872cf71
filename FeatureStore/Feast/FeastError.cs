using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Feast;

/// <summary>A failure in Feast's own form; only for the routes that Feast's clients call.</summary>
/// <remarks>
/// Feast answers a JSON string. For an error class of its own the string is JSON again, which its remote client needs to raise the same class:
/// <c>"{\"module\": \"feast.errors\", \"class\": \"FeatureViewNotFoundException\", \"message\": \"...\"}"</c>; for any other error it is the message.
/// A body without a field that must be there is pydantic's <c>{"detail":[{"type":"missing","loc":["body","df"],...}]}</c>.
/// </remarks>
internal sealed class FeastError : Exception
{
    private FeastError(int httpStatus, string? pythonClass, string message) : base(message) => (HttpStatus, PythonClass) = (httpStatus, pythonClass);

    public int HttpStatus { get; }

    /// <summary>Name in the Python module <c>feast.errors</c>; null = not one of Feast's.</summary>
    public string? PythonClass { get; }

    /// <summary>The field that the body lacks; null = something else is wrong.</summary>
    public string? MissingField { get; private init; }

    public static FeastError ServiceNotFound(string name, string project) => new(404, "FeatureServiceNotFoundException", $"Feature service {name} does not exist in project {project}");

    public static FeastError ViewNotFound(string name, string project) => new(404, "FeatureViewNotFoundException", $"Feature view {name} does not exist in project {project}");

    public static FeastError PushSourceNotFound(string name) => new(422, "PushSourceNotFoundException", $"Unable to find push source '{name}'.");

    public static FeastError NameCollision(IEnumerable<string> names) => new(500, "FeatureNameCollisionError", $"More than one feature is named {string.Join(", ", names)}; ask with full_feature_names.");

    public static FeastError Missing(string field) => new(422, null, $"{field} is missing") { MissingField = field };

    /// <summary>What Feast reports as a Python KeyError, TypeError or ValueError.</summary>
    public static FeastError Other(string message) => new(500, null, message);

    /// <summary>What is wrong in the fields of a request, as a ValueError.</summary>
    public static FeastError Of(ServiceError error) => Other(string.Join("; ", error.Errors.Select(field => $"{field.Field} {field.Message}")));
}
