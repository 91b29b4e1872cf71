using System.Diagnostics.CodeAnalysis;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>One wrong field of a request.</summary>
/// <param name="Field">Path in the request as the caller wrote it: <c>entities.origin[0]</c>.</param>
/// <param name="Message">What is wrong with it; never the value of a secret or a payload.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>Our one exception: an expected failure with a code of the closed set and a message that may be shown to the caller.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "the word of docs/telemetry.md; thrown, but read as the error that a caller gets")]
public sealed class ServiceError : Exception
{
    /// <param name="code">Decides the statuses; see <see cref="ErrorMapping"/>.</param>
    /// <param name="message">A sentence for the caller, without payloads, secrets or names of our internals.</param>
    /// <param name="field">The field that is wrong, when one is.</param>
    public ServiceError(ErrorCode code, string message, string? field = null)
        : this(code, message, field is null ? [] : [new FieldError(field, message)], innerException: null)
    {
    }

    /// <param name="innerException">What caused it: for the log and the span, never for the caller.</param>
    public ServiceError(ErrorCode code, string message, Exception innerException)
        : this(code, message, [], innerException)
    {
    }

    internal ServiceError(ErrorCode code, string message, IReadOnlyList<FieldError> errors, Exception? innerException)
        : base(message, innerException)
    {
        Code = code;
        Errors = errors;
    }

    public ErrorCode Code { get; }

    /// <summary>The wrong fields; empty when the failure is not about fields.</summary>
    public IReadOnlyList<FieldError> Errors { get; }

    /// <summary>When to try again; sent with 429 and 503. Null = 1 s.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The model's version that failed, where it is known: for records and events, never for the caller.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>A failure that names several fields at once; one message a field.</summary>
    public static ServiceError Many(ErrorCode code, IEnumerable<FieldError> errors)
    {
        FieldError[] all = [.. errors];
        return new ServiceError(code, all is [var only] ? only.Message : $"{all.Length} fields are wrong: {Names(all)}.", all, innerException: null);
    }

    private static string Names(FieldError[] errors) =>
        string.Join(", ", errors.Select(error => error.Field).Distinct().Take(5)) + (errors.Length > 5 ? ", ..." : "");
}
