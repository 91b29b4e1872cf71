using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What is known of one inference request, filled in on its way. Model and version stay null until a loaded model has been found.</summary>
/// <param name="deadline">The moment at which the caller stops waiting, UTC; <see cref="DateTime.MaxValue"/> = it did not say.</param>
/// <param name="caller">Cancelled when the caller has gone, or at the deadline.</param>
internal sealed class InferenceScope(DateTime deadline, CancellationToken caller)
{
    public CancellationToken Caller => caller;

    public string? RequestId { get; set; }

    public string? Model { get; set; }

    public string? ModelVersion { get; set; }

    /// <summary>What it runs on, in ONNX Runtime's name of the execution provider.</summary>
    public string? Device { get; set; }

    public long Rows { get; set; }

    public IReadOnlyList<Tensor> Inputs { get; set; } = [];

    public long InputBytes => Inputs.Sum(input => (long)input.Data.Length);

    /// <summary>How it ran; null when it did not.</summary>
    public RunReport? Run { get; set; }

    /// <summary>Answered from the response cache, without a run.</summary>
    public bool CacheHit { get; set; }

    /// <summary>How long it waited for its run.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>Adds what is known to the line of the HTTP request that it is alone in.</summary>
    public void AddTo(RequestFacts facts)
    {
        facts.Add(TelemetryNames.Facts.Model, Model);
        facts.Add(TelemetryNames.Facts.ModelVersion, ModelVersion);
        facts.Add(TelemetryNames.Facts.Rows, Rows);
        facts.Add(TelemetryNames.Facts.BatchRows, Run?.Rows ?? 0);
        facts.Add(TelemetryNames.Facts.BatchId, Run?.Batch?.Id);
        facts.Add(TelemetryNames.Facts.QueueSeconds, Queued.TotalSeconds);
        facts.Add(TelemetryNames.Facts.Device, Device);
        facts.Add(TelemetryNames.Facts.CacheHit, CacheHit);
    }

    /// <summary>What a failure of the request means: a caller that went before its deadline cancelled, one whose deadline is over ran out of time.</summary>
    public ErrorCode CodeOf(Exception exception, TimeProvider time) =>
        ErrorMapping.FromException(exception, callerGone: caller.IsCancellationRequested && time.GetUtcNow().UtcDateTime < deadline).Code;
}
