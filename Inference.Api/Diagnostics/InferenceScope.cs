using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What is known of one inference request, filled in on its way. Model and version stay null until a loaded model has been found.</summary>
/// <param name="deadline">The moment at which a caller over gRPC stops waiting, UTC; <see cref="DateTime.MaxValue"/> = it did not say.</param>
/// <param name="caller">Cancelled when the caller has gone, or at the deadline.</param>
internal sealed class InferenceScope(DateTime deadline, CancellationToken caller)
{
    /// <summary>A timer counts whole milliseconds, and so may be over a little before its time.</summary>
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(2);

    public CancellationToken Caller => caller;

    /// <summary>Cancelled when the time is over that a caller over REST gave; of gRPC's timer there is only the deadline.</summary>
    public CancellationToken TimeOver { get; init; }

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

    /// <summary>The line of the HTTP request that it is alone in; null for one of several, which has a line of its own.</summary>
    public RequestFacts? Line { get; init; }

    /// <summary>What a failure of the request means: a caller that went before its deadline cancelled, one whose deadline is over ran out of time.</summary>
    public ErrorCode CodeOf(Exception exception, TimeProvider time) =>
        ErrorMapping.FromException(exception, callerGone: caller.IsCancellationRequested && !TimeOver.IsCancellationRequested && time.GetUtcNow().UtcDateTime + TimerError < deadline).Code;
}
