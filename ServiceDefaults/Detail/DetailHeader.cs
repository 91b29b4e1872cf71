namespace MlAspire.ServiceDefaults.Detail;

/// <summary>How services tell each other the verdict on a trace: the header <c>x-telemetry-detail</c> of a call and of its answer.</summary>
internal static class DetailHeader
{
    public const string Name = "x-telemetry-detail";

    /// <summary>Not known yet: the caller will say it to <see cref="DetailEndpoints.Path"/> if the trace is to be told.</summary>
    public const string Pending = "pending";

    public const string Keep = "keep";

    /// <summary>With Debug lines.</summary>
    public const string Verbose = "verbose";
}
