using System.Diagnostics;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What is known of one inference request, filled in on its way. Model and version stay null until a loaded model has been found.</summary>
internal sealed class InferenceScope
{
    public string? RequestId { get; set; }

    public string? Model { get; set; }

    public string? ModelVersion { get; set; }

    public long Rows { get; set; }

    public long InputBytes { get; set; }

    /// <summary>How it ran; null when it did not.</summary>
    public RunReport? Run { get; set; }

    /// <summary>How long it waited for its run.</summary>
    public TimeSpan Queued { get; set; }
}

/// <summary>Wraps every inference request, over whichever transport: exactly one <c>inference_completed</c> event and one measurement for each, however it ends.</summary>
internal sealed partial class InferenceScopes(RequestSlots slots, InferenceMetrics metrics, TimeProvider time, ILogger<InferenceScopes> logger)
{
    private const string Ok = "ok";

    /// <summary>Runs <paramref name="act"/>; what it throws passes unchanged.</summary>
    public async Task<T> RunAsync<T>(Func<InferenceScope, Task<T>> act, CancellationToken callerGone)
    {
        var scope = new InferenceScope();
        var start = time.GetTimestamp();
        var outcome = Ok;
        metrics.Started();
        try
        {
            slots.Enter();
            try
            {
                return await act(scope);
            }
            finally
            {
                slots.Leave();
            }
        }
        catch (Exception exception)
        {
            outcome = ErrorMapping.Of(ErrorMapping.FromException(exception, callerGone.IsCancellationRequested).Code).Wire;
            throw;
        }
        finally
        {
            var elapsed = time.GetElapsedTime(start);
            metrics.Completed(scope.Model, scope.ModelVersion, outcome, elapsed);
            Tag(scope);
            LogCompleted(scope, outcome, elapsed.TotalSeconds);
        }
    }

    private static void Tag(InferenceScope scope)
    {
        var span = Activity.Current;
        span?.SetTag(TelemetryNames.Attributes.ModelName, scope.Model);
        span?.SetTag(TelemetryNames.Attributes.ModelVersion, scope.ModelVersion);
        span?.SetTag(TelemetryNames.Attributes.Rows, scope.Rows);
    }

    private void LogCompleted(InferenceScope scope, string status, double seconds) =>
        LogCompleted(scope.RequestId, scope.Model, scope.ModelVersion, status, scope.Rows, scope.InputBytes, seconds, scope.Queued.TotalSeconds, scope.Run?.Rows ?? 0, scope.Run?.Requests ?? 0);

    [LoggerMessage(EventName = TelemetryNames.Events.InferenceCompleted, Level = LogLevel.Information,
        Message = "Inference {RequestId} of model {Model} version {ModelVersion}: {Status}, {Rows} rows, {InputSize} bytes, {LatencySeconds} s, {QueueSeconds} s of it waiting, in a batch of {BatchRows} rows of {BatchRequests} requests")]
    private partial void LogCompleted(string? requestId, string? model, string? modelVersion, string status, long rows, long inputSize, double latencySeconds, double queueSeconds, long batchRows, int batchRequests);
}
