using Microsoft.AspNetCore.Http;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using StackExchange.Redis;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>What an <see cref="ErrorCode"/> is on each wire. The only place that knows statuses.</summary>
/// <param name="Wire">The code in our JSON: <c>invalid_argument</c>.</param>
/// <param name="HttpStatus">The HTTP status.</param>
/// <param name="GrpcStatus">The number of the gRPC status. Source: <see href="https://grpc.github.io/grpc/core/md_doc_statuscodes.html">gRPC status codes</see>.</param>
public sealed record ErrorStatus(string Wire, int HttpStatus, int GrpcStatus)
{
    /// <summary>Whether the same request can succeed later without a change, so that the answer carries Retry-After.</summary>
    public bool IsRetryable => HttpStatus is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
}

/// <summary>The table from codes to statuses, and back from exceptions and statuses to codes.</summary>
public static class ErrorMapping
{
    public static ErrorStatus Of(ErrorCode code) => code switch
    {
        ErrorCode.InvalidArgument => new("invalid_argument", 400, 3),
        ErrorCode.Unauthenticated => new("unauthenticated", 401, 16),
        ErrorCode.PermissionDenied => new("permission_denied", 403, 7),
        ErrorCode.NotFound => new("not_found", 404, 5),
        ErrorCode.Aborted => new("aborted", 409, 10),
        ErrorCode.PayloadTooLarge => new("payload_too_large", 413, 8),
        ErrorCode.Overloaded => new("overloaded", 429, 8),
        ErrorCode.Cancelled => new("cancelled", 499, 1),
        ErrorCode.Internal => new("internal", 500, 13),
        ErrorCode.Unimplemented => new("unimplemented", 501, 12),
        ErrorCode.Unavailable => new("unavailable", 503, 14),
        ErrorCode.NotReady => new("not_ready", 503, 14),
        ErrorCode.DeadlineExceeded => new("deadline_exceeded", 504, 4),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "not in the table"),
    };

    /// <summary>Whether a call of ours can succeed when it is repeated: what is <see cref="ErrorStatus.IsRetryable"/>, and a time that was over, of which nobody says when to try again.</summary>
    public static bool IsTransient(this ErrorCode code) => code is ErrorCode.Overloaded or ErrorCode.Unavailable or ErrorCode.NotReady or ErrorCode.DeadlineExceeded;

    /// <summary>The code for a status that a framework, not our code, chose; a bare 4xx is a wrong request, a bare 5xx a defect.</summary>
    public static ErrorCode FromHttpStatus(int status) => status switch
    {
        401 => ErrorCode.Unauthenticated,
        403 => ErrorCode.PermissionDenied,
        404 => ErrorCode.NotFound,
        405 or 501 => ErrorCode.Unimplemented,
        408 or 504 => ErrorCode.DeadlineExceeded,
        409 => ErrorCode.Aborted,
        413 => ErrorCode.PayloadTooLarge,
        429 => ErrorCode.Overloaded,
        499 => ErrorCode.Cancelled,
        502 or 503 => ErrorCode.Unavailable,
        >= 500 => ErrorCode.Internal,
        _ => ErrorCode.InvalidArgument,
    };

    /// <summary>The code for a gRPC status that the framework, not our code, chose: RESOURCE_EXHAUSTED is a message over its limit, and what is not in the table a defect.</summary>
    public static ErrorCode FromGrpcStatus(int status) => Enum.GetValues<ErrorCode>().FirstOrDefault(code => Of(code).GrpcStatus == status, ErrorCode.Internal);

    /// <summary>The code for a name that another of our services answered; null for a name that is not ours.</summary>
    public static ErrorCode? FromWire(string? wire)
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            if (Of(code).Wire == wire)
            {
                return code;
            }
        }

        return null;
    }

    /// <summary>
    /// What an exception means to the caller. Anything that is not expected is <see cref="ErrorCode.Internal"/> without a text of its own.
    /// </summary>
    /// <param name="callerGone">Whether the caller has hung up: then every failure is <see cref="ErrorCode.Cancelled"/>.</param>
    public static ServiceError FromException(Exception exception, bool callerGone) => exception switch
    {
        _ when callerGone => new ServiceError(ErrorCode.Cancelled, "The caller went away.", exception),
        ServiceError error => error,
        BadHttpRequestException bad => BadRequests.Explain(bad),
        TimeoutRejectedException or OperationCanceledException => new ServiceError(ErrorCode.DeadlineExceeded, "The request took longer than it may.", exception),
        BrokenCircuitException => new ServiceError(ErrorCode.Unavailable, "A service behind this one keeps failing; it is left alone for a moment.", exception),
        ExecutionRejectedException => new ServiceError(ErrorCode.Overloaded, "As many calls to a service behind this one are under way as may be.", exception),
        HttpRequestException => new ServiceError(ErrorCode.Unavailable, "A service behind this one cannot be reached.", exception),
        RedisException or RedisTimeoutException => new ServiceError(ErrorCode.Unavailable, "Redis is not available.", exception),
        _ => new ServiceError(ErrorCode.Internal, "An unexpected error occurred.", exception),
    };
}
