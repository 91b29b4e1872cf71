using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>What is known of one inference request, filled in on its way. Model and version stay null until a loaded model has been found.</summary>
/// <param name="isTimeOver">Whether the time is over that the caller gave; null = it gave none. The timer says so, not the clock: the two differ by milliseconds.</param>
/// <param name="caller">Cancelled then, or when the caller has gone.</param>
internal sealed class InferenceScope(Func<bool>? isTimeOver, CancellationToken caller)
{
    private const string Ok = "ok";

    public CancellationToken Caller => caller;

    /// <summary>True when its slot was taken before it was read; who took it gives it back.</summary>
    public bool HasSlot { get; init; }

    public string? RequestId { get; set; }

    public string? Model { get; set; }

    public string? ModelVersion { get; set; }

    /// <summary>What it runs on, in ONNX Runtime's name of the execution provider.</summary>
    public string? Device { get; set; }

    public long Rows { get; set; }

    public IReadOnlyList<Tensor> Inputs { get; set; } = [];

    /// <summary>How it ran; null when it did not.</summary>
    public RunReport? Run { get; set; }

    /// <summary>Answered from the response cache, without a run.</summary>
    public bool CacheHit { get; set; }

    /// <summary>How long it waited for its run.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>How it ended: <c>ok</c>, or the wire name of an error code.</summary>
    public string Outcome { get; set; } = Ok;

    /// <summary>From its arrival to its end.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>The line of the HTTP request that it is alone in; null for one of several, which has a line of its own.</summary>
    public RequestFacts? Line { get; init; }

    /// <summary>What a failure of the request means: a caller that went before its deadline cancelled, one whose deadline is over ran out of time.</summary>
    public ErrorCode CodeOf(Exception exception) => ErrorMapping.FromException(exception, callerGone: caller.IsCancellationRequested && isTimeOver?.Invoke() != true).Code;
}
