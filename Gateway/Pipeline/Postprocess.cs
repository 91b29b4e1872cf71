using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.Gateway.Pipeline.Predict;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Stage <c>postprocess</c>: the model's numbers become predictions.</summary>
internal static class Postprocess
{
    public static Prediction[] Run(PipelineModel model, PredictRequest request, FeatureValues features, InferenceResult result, TimeProvider time) =>
        [.. Enumerable.Range(0, request.Rows).Select(row => new Prediction(
            request.PredictionIds?[row] ?? PredictionId.New(time),
            new Dictionary<string, float> { [model.Definition.Output.Name] = result.Output[row] },
            model.Definition.Output.LabelOf(result.Output[row]),
            request.Explain ? Readings(features, row) : null))];

    public static Dictionary<string, FeatureReading> Readings(FeatureValues features, int row) =>
        features.Features.ToDictionary(feature => feature.Name, feature => new FeatureReading(feature.Values[row], feature.Statuses[row], feature.AgesSeconds[row]));
}
