using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Stage <c>postprocess</c>: the model's numbers become predictions.</summary>
internal static class Postprocess
{
    /// <exception cref="ServiceError">Internal: the model answered a number that is not finite.</exception>
    public static Prediction[] Run(PipelineModel model, PredictRequest request, FeatureValues features, InferenceResult result, TimeProvider time)
    {
        if (result.Output.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
        {
            throw new ServiceError(ErrorCode.Internal, $"Model {model.Definition.Model} answered a number that is not finite.");
        }

        return [.. Enumerable.Range(0, request.Rows).Select(row => new Prediction(
            request.PredictionIds?[row] ?? PredictionId.New(time),
            new Dictionary<string, float> { [model.Definition.Output.Name] = result.Output[row] },
            model.Definition.Output.LabelOf(result.Output[row]),
            request.Explain ? Readings(features, row) : null))];
    }

    public static Dictionary<string, FeatureReading> Readings(FeatureValues features, int row) =>
        features.Features.ToDictionary(feature => feature.Name, feature => new FeatureReading(feature.Values[row], feature.Statuses[row], feature.AgesSeconds[row]));
}
