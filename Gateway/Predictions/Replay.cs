using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Predictions;

/// <summary>Runs a recorded prediction's input again, bit for bit, on any version of its model.</summary>
internal sealed class Replay(AuditLog log, SubjectKeys keys, ModelRouter router, InferenceClient inference, TimeProvider time, IOptions<PipelineOptions> options)
{
    /// <param name="predictionId">Which.</param>
    /// <param name="version">A version or an alias; null = the version that answered then.</param>
    /// <param name="index">Which of its answers; null = the first.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    /// <exception cref="ServiceError">NotFound (fields <c>prediction_id</c>, <c>index</c>, <c>version</c>), InvalidArgument; as <see cref="InferenceClient.InferAsync"/> says.</exception>
    public async Task<ReplayAnswer> RunAsync(string predictionId, string? version, long? index, CancellationToken cancellationToken)
    {
        var recorded = RecordedPrediction.Find(log, keys, predictionId, index);
        var route = router.Route(recorded.Model, version ?? recorded.ModelVersion);
        var pipeline = route.Model.Definition.Output;
        var (input, then) = (recorded.Input(), recorded.Output(pipeline.Name));
        if (input.Length != route.Model.Inputs.Columns)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"The record has {input.Length} columns, the model's pipeline {route.Model.Inputs.Columns}.", "prediction_id");
        }

        using var deadline = new Deadline(options.Value.DefaultTimeout, time, cancellationToken);
        var result = await AskAsync(route, input, deadline);
        var now = result.Output[0];
        return new(
            predictionId, recorded.Model,
            new(recorded.ModelVersion, recorded.ModelDigest, then, recorded.Prediction.TryGetValue("label", out var label) ? label.ToString() : pipeline.LabelOf(then)),
            new(result.Version, result.ModelDigest, now, pipeline.LabelOf(now)),
            BitConverter.SingleToInt32Bits(now) == BitConverter.SingleToInt32Bits(then), FloatDistance.Ulps(then, now), (double)now - then);
    }

    private async Task<InferenceResult> AskAsync(ModelRoute route, float[] input, Deadline deadline)
    {
        try
        {
            return await inference.InferAsync(route, input, rows: 1, deadline);
        }
        catch (OperationCanceledException e) when (deadline.Passed)
        {
            throw new ServiceError(ErrorCode.DeadlineExceeded, "The model did not answer in time.", e);
        }
    }
}
