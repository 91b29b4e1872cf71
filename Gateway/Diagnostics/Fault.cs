using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>On whose account a request failed.</summary>
/// <param name="Type">Of what kind, a closed set: <c>request</c> (the caller's, also one that went away), <c>model</c>, <c>dependency</c>, <c>internal</c>.</param>
/// <param name="Peer">The service that failed, or whose model did: <c>feature-store</c>, <c>inference</c>, <c>audit</c>; null for the others.</param>
internal readonly record struct Fault(string Type, string? Peer)
{
    public const string FeatureStore = "feature-store";
    public const string Inference = "inference";
    public const string Audit = "audit";

    /// <param name="stage">The one that failed; null before the first.</param>
    public static Fault Of(string? stage, ErrorCode code) => (stage, code) switch
    {
        (_, ErrorCode.Cancelled or ErrorCode.InvalidArgument or ErrorCode.NotFound or ErrorCode.PayloadTooLarge) => new("request", null),
        (TelemetryNames.Spans.FeaturesFetch, _) => new("dependency", FeatureStore),
        (TelemetryNames.Spans.Infer, ErrorCode.Internal or ErrorCode.NotReady) => new("model", Inference),
        (TelemetryNames.Spans.Infer, _) => new("dependency", Inference),
        (TelemetryNames.Spans.AuditCommit, not ErrorCode.Internal) => new("dependency", Audit),
        _ => new("internal", null),
    };
}
