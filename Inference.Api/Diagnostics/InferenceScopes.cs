using System.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Wraps every inference request, over whichever transport: exactly one <c>inference_completed</c> event and one measurement for each, however it ends; before it <c>inference_failed</c> when the fault is ours. The event of a request that is one inference is the request's one line.</summary>
internal sealed partial class InferenceScopes(RequestSlots slots, InferenceMetrics metrics, TimeProvider time, ILogger<InferenceScopes> logger)
{
    private Action<object>? write; // of a scope: its event

    /// <summary>Runs <paramref name="act"/>, which writes the answer too; what it throws passes unchanged.</summary>
    /// <param name="call">What <paramref name="act"/> works on, so that it need not be made for each request.</param>
    public async Task<T> RunAsync<TCall, T>(InferenceScope scope, TCall call, Func<TCall, InferenceScope, Task<T>> act)
    {
        var start = Begin(scope);
        T result;
        try
        {
            result = await act(call, scope);
        }
        catch (Exception exception)
        {
            End(scope, start, exception);
            throw;
        }

        End(scope, start, failure: null);
        return result;
    }

    /// <summary>The same for an answer that is written later: the request is under way until <see cref="InferResponse.End"/>.</summary>
    public async Task<InferResponse> RunUntilAnsweredAsync<TCall>(InferenceScope scope, TCall call, Func<TCall, InferenceScope, Task<InferResponse>> act)
    {
        var start = Begin(scope);
        try
        {
            var response = await act(call, scope);
            response.OnEnd(failure => End(scope, start, failure));
            return response;
        }
        catch (Exception exception)
        {
            End(scope, start, exception);
            throw;
        }
    }

    /// <summary>Counts a request that is refused before it is read.</summary>
    public void Refused(InferenceScope scope, ErrorCode code) => Ended(scope, code, time.GetTimestamp());

    /// <summary>Counts a request that came to its end before it could be read.</summary>
    /// <param name="start">Timestamp of its arrival.</param>
    /// <param name="line">Of the HTTP request that it is alone in.</param>
    public void Unread(ErrorCode code, long start, RequestFacts? line = null) => Ended(new InferenceScope(isTimeOver: null, CancellationToken.None) { Line = line }, code, start);

    private void Ended(InferenceScope scope, ErrorCode code, long start)
    {
        metrics.Started();
        scope.Outcome = ErrorMapping.Of(code).Wire;
        Complete(scope, start);
    }

    /// <exception cref="ServiceError">Overloaded: all slots are taken; the request has ended with that.</exception>
    private long Begin(InferenceScope scope)
    {
        var start = time.GetTimestamp();
        metrics.Started();
        try
        {
            if (!scope.HasSlot)
            {
                slots.Enter();
            }

            return start;
        }
        catch (ServiceError full)
        {
            Fail(scope, full);
            Complete(scope, start);
            throw;
        }
    }

    private void End(InferenceScope scope, long start, Exception? failure)
    {
        if (!scope.HasSlot)
        {
            slots.Leave();
        }

        if (failure is not null)
        {
            Fail(scope, failure);
        }

        Complete(scope, start);
    }

    private void Fail(InferenceScope scope, Exception exception)
    {
        var code = scope.CodeOf(exception);
        scope.Outcome = ErrorMapping.Of(code).Wire;
        if (code == ErrorCode.Internal)
        {
            Failed(scope, exception);
        }
    }

    private void Failed(InferenceScope scope, Exception exception)
    {
        LogFailed(exception, scope.RequestId, scope.Model, scope.ModelVersion);
        exception.MarkLogged();
    }

    private void Complete(InferenceScope scope, long start)
    {
        scope.Elapsed = time.GetElapsedTime(start);
        metrics.Completed(scope.Model, scope.ModelVersion, scope.Outcome, scope.Elapsed);
        Tag(scope);
        if (scope.Run is { } run && logger.IsEnabled(LogLevel.Debug))
        {
            var seconds = time.GetElapsedTime(run.ComputeAt, run.ComputedAt).TotalSeconds;
            LogRan(scope.Model, scope.ModelVersion, scope.Device, run.Rows, seconds);
        }

        if (scope.Line is { } line)
        {
            line.Add(TelemetryNames.Facts.BatchId, scope.Run?.Batch?.Id);
            line.Add(TelemetryNames.Facts.Device, scope.Device);
        }

        if (!logger.IsEnabled(LogLevel.Information))
        {
            return; // a request's line is then the common one
        }

        if (scope.Line is { } own)
        {
            own.WriteBy(write ??= about => Write((InferenceScope)about), scope);
        }
        else
        {
            Write(scope);
        }
    }

    private void Write(InferenceScope scope)
    {
        var (shapes, bytes) = (InputShapes.Text(scope.Inputs), Tensor.Bytes(scope.Inputs));
        LogCompleted(
            scope.RequestId, scope.Model, scope.ModelVersion, scope.Outcome, scope.Rows, shapes, bytes,
            scope.Elapsed.TotalSeconds, scope.Queued.TotalSeconds, scope.Run?.Rows ?? 0, scope.Run?.Requests ?? 0, scope.CacheHit);
    }

    private static void Tag(InferenceScope scope)
    {
        var span = Activity.Current;
        span?.SetTag(TelemetryNames.Attributes.ModelName, scope.Model);
        span?.SetTag(TelemetryNames.Attributes.ModelVersion, scope.ModelVersion);
        span?.SetTag(TelemetryNames.Attributes.Rows, Boxed.Of(scope.Rows));
        if (scope.CacheHit)
        {
            span?.SetTag(TelemetryNames.Attributes.CacheHit, Boxed.Of(true));
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.InferenceFailed, Level = LogLevel.Error, Message = "Inference {RequestId} of model {Model} version {ModelVersion} failed")]
    private partial void LogFailed(Exception exception, string? requestId, string? model, string? modelVersion);

    [LoggerMessage(EventName = TelemetryNames.Events.ModelRan, Level = LogLevel.Debug, Message = "Model {Model} version {ModelVersion} ran on {Device}: a batch of {BatchRows} rows, {ComputeSeconds} s")]
    private partial void LogRan(string? model, string? modelVersion, string? device, long batchRows, double computeSeconds);

    [LoggerMessage(EventName = TelemetryNames.Events.InferenceCompleted, Level = LogLevel.Information,
        Message = "Inference {RequestId} of model {Model} version {ModelVersion}: {Status}, {Rows} rows, {InputShapes}, {InputSize} bytes, {LatencySeconds} s, {QueueSeconds} s of it waiting, in a batch of {BatchRows} rows of {BatchRequests} requests, from the cache: {CacheHit}")]
    private partial void LogCompleted(
        string? requestId, string? model, string? modelVersion, string status, long rows, string inputShapes, long inputSize, double latencySeconds, double queueSeconds, long batchRows, int batchRequests, bool cacheHit);
}
