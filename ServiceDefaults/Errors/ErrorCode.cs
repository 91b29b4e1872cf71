namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Every way in which a call can fail, the same set in all services. <see cref="ErrorMapping"/> gives each its wire name and statuses.</summary>
public enum ErrorCode
{
    /// <summary>The request is wrong whatever the state of the system; the caller must change it.</summary>
    InvalidArgument,

    /// <summary>Who calls is not known.</summary>
    Unauthenticated,

    /// <summary>Who calls is known and may not.</summary>
    PermissionDenied,

    /// <summary>What the request names does not exist.</summary>
    NotFound,

    /// <summary>Another change or request came between; look again before the next try.</summary>
    Aborted,

    /// <summary>The body is over the limit.</summary>
    PayloadTooLarge,

    /// <summary>A queue or a rate is at its limit; try later.</summary>
    Overloaded,

    /// <summary>The caller went away; not an error of ours.</summary>
    Cancelled,

    /// <summary>A defect here; the answer says nothing more.</summary>
    Internal,

    /// <summary>A known operation that this service does not offer.</summary>
    Unimplemented,

    /// <summary>A dependency is lost; try later.</summary>
    Unavailable,

    /// <summary>Not started up yet, for example a model still loading; try later.</summary>
    NotReady,

    /// <summary>The time the request was given is over.</summary>
    DeadlineExceeded,
}
