using System.Diagnostics;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Pipeline;

/// <summary>The act of predicting: route > features.fetch > preprocess > infer > postprocess > audit.commit, each a stage; then the events, which nobody waits for.</summary>
internal sealed class PredictionPipeline(
    ModelRouter router, FeatureClient features, InferenceClient inference, AuditCommit audit, PredictionStream stream, ShadowRunner shadow, PredictionDiagnostics diagnostics,
    VersionsInUse versions, IOptions<PipelineOptions> options)
{
    /// <summary>The call's rows, of which there may be <paramref name="maxRows"/>, checked against the model's pipeline, and nothing done with them yet.</summary>
    /// <exception cref="ServiceError">As <see cref="ModelRouter.Route"/> and <see cref="IPredictBody.Read"/> say.</exception>
    public (PipelineModel Model, PredictRequest Rows) Read(PredictCall call, int maxRows)
    {
        var model = router.Route(call.Model, call.Version).Model;
        return (model, call.Body.Read(model, maxRows));
    }

    /// <exception cref="ServiceError">As the stages say; DeadlineExceeded when the time is over.</exception>
    public async Task<PredictAnswer> PredictAsync(PredictCall call, CancellationToken cancellationToken)
    {
        var started = diagnostics.Time.GetTimestamp();
        ModelRoute? route = null;
        Attempt? attempt = null;
        using var deadline = new Deadline(call.Timeout ?? options.Value.DefaultTimeout, diagnostics.Time, cancellationToken);
        try
        {
            route = router.Route(call.Model, call.Version);
            var request = call.Body.Read(route.Model, options.Value.MaxRows);
            var stages = diagnostics.StagesOf(route);
            route = stages.Run(TelemetryNames.Spans.Route, () => ModelRouter.Split(route, request));
            diagnostics.Routed(route);
            attempt = new(route, request, TrailOf(call.Caller), stages);
            var answered = await AnswerAsync(attempt, deadline);
            var reference = await stages.RunAsync(TelemetryNames.Spans.AuditCommit, () => audit.RunAsync(answered, deadline));
            Tell(attempt, answered, reference, diagnostics.Time.GetElapsedTime(started));
            return PredictAnswer.Of(answered, reference);
        }
        catch (Exception e)
        {
            var error = ErrorOf(e, deadline, cancellationToken);
            var took = diagnostics.Time.GetElapsedTime(started);
            route = attempt?.Route ?? route; // another one when the fallback failed
            diagnostics.Failed(route, attempt, error, took);
            if (route is not null)
            {
                stream.Failed(route, error, took, TrailOf(call.Caller));
            }

            if (attempt is not null)
            {
                await audit.RunAsync(attempt, error);
            }

            if (ReferenceEquals(error, e))
            {
                throw;
            }

            throw error;
        }
    }

    private void Tell(Attempt attempt, Answered answered, AuditReference? reference, TimeSpan took)
    {
        diagnostics.Answered(attempt, answered, reference, took);
        stream.Answered(answered, took);
        shadow.Mirror(answered);
    }

    private async Task<Answered> AnswerAsync(Attempt attempt, Deadline deadline)
    {
        using var asked = versions.Enter(attempt.Route);
        var stages = attempt.Stages;
        var values = attempt.Features = attempt.Route.Model.Definition.FeatureService is null
            ? FeatureValues.None
            : await stages.RunAsync(TelemetryNames.Spans.FeaturesFetch, () => ReadAsync(attempt.Route, attempt.Request, deadline));
        attempt.Take(router.FallBack(attempt.Route, values));
        var (route, request) = (attempt.Route, attempt.Request);
        using var fallback = route.FallbackFor is null ? null : versions.Enter(route);
        var tensor = attempt.Tensor = stages.Run(TelemetryNames.Spans.Preprocess, () => Preprocess.Run(route.Model, request, values));
        var result = await stages.InferAsync(route.Name, () => inference.InferAsync(route, tensor, request.Rows, deadline));
        var predictions = stages.Run(TelemetryNames.Spans.Postprocess, () => Postprocess.Run(route.Model, request, values, result, diagnostics.Time));
        return new(route, request, values, result, predictions, attempt.Trail) { Tensor = tensor, Stages = stages.Took };
    }

    private Task<FeatureValues> ReadAsync(ModelRoute route, PredictRequest request, Deadline deadline) => route.Fallback is not null
        ? Fallback.ReadAsync(route.Model, request.Rows, half => features.ReadAsync(route.Model, request, half), deadline)
        : features.ReadAsync(route.Model, request, deadline);

    private static ServiceError ErrorOf(Exception exception, Deadline deadline, CancellationToken caller) => exception is OperationCanceledException && deadline.Passed
        ? new ServiceError(ErrorCode.DeadlineExceeded, "The request's time is over.", exception)
        : ErrorMapping.FromException(exception, caller.IsCancellationRequested);

    private Trail TrailOf(Caller caller) => new(diagnostics.Time.GetUtcNow(), caller.Name, CorrelationId.Current, Activity.Current?.TraceId.ToHexString(), Activity.Current?.SpanId.ToHexString());
}
