using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Predict;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Stage <c>preprocess</c>: request and features become the model's input.</summary>
internal static class Preprocess
{
    /// <returns>Row-major, shape [rows, columns]; a missing feature without default is NaN.</returns>
    public static float[] Run(PipelineModel model, PredictRequest request, FeatureValues features)
    {
        var inputs = model.Inputs;
        var tensor = new float[request.Rows * inputs.Columns];
        var entities = new string[inputs.Entities.Count];
        var numbers = new double[inputs.Numbers.Count];
        var times = new DateTimeOffset[inputs.Times.Count];
        var values = new double[inputs.Features.Count];
        for (var row = 0; row < request.Rows; row++)
        {
            Take(request.Entities, row, entities);
            Take(request.Numbers, row, numbers);
            Take(request.Times, row, times);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = features.Features[i].Values[row] ?? double.NaN;
            }

            inputs.Fill(new() { Entities = entities, Numbers = numbers, Times = times, Features = values }, tensor.AsSpan(row * inputs.Columns, inputs.Columns));
        }

        return tensor;
    }

    private static void Take<T>(T[][] columns, int row, T[] target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = columns[i][row];
        }
    }
}
