using System.Diagnostics;
using MlAspire.Inference.Api.Batching;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>The spans of a run, made after it in the trace of each request that took part: a batch belongs to many traces, and a span to one.</summary>
internal static class RunSpans
{
    public static void Record(RunReport report, InferenceScope scope, TimeProvider time)
    {
        if (!InferenceMetrics.Source.HasListeners())
        {
            return;
        }

        var now = (Stamp: time.GetTimestamp(), Utc: time.GetUtcNow());
        if (report.QueuedAt != report.StartedAt)
        {
            Record(TelemetryNames.Spans.Queue, At(report.QueuedAt), At(report.StartedAt), report, scope);
        }

        Record(TelemetryNames.Spans.SessionRun, At(report.ComputeAt), At(report.ComputedAt), report, scope);

        DateTimeOffset At(long stamp) => now.Utc - time.GetElapsedTime(stamp, now.Stamp);
    }

    private static void Record(string name, DateTimeOffset start, DateTimeOffset end, RunReport report, InferenceScope scope)
    {
        using var span = InferenceMetrics.Source.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: start);
        span?.SetTag(TelemetryNames.Attributes.ModelName, scope.Model);
        span?.SetTag(TelemetryNames.Attributes.ModelVersion, scope.ModelVersion);
        span?.SetTag(TelemetryNames.Attributes.BatchSize, Boxed.Of(report.Rows));
        span?.SetTag(TelemetryNames.Attributes.BatchRequests, Boxed.Of(report.Requests));
        if (report.Batch is { } batch)
        {
            span?.SetTag(TelemetryNames.Attributes.BatchId, batch.Id);
            span?.SetTag(TelemetryNames.Attributes.BatchFirstRow, Boxed.Of(batch.FirstRow));
        }

        span?.SetEndTime(end.UtcDateTime);
    }
}
