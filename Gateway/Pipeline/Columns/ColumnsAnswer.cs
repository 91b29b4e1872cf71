using System.Text.Json;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Gateway.Pipeline.Columns;

/// <summary>An answer as columns: the JSON answer without predictions as header, then <c>prediction_id</c>, <c>output.NAME</c> and <c>label</c>.</summary>
internal static class ColumnsAnswer
{
    public static byte[] Of(PredictAnswer answer)
    {
        var predictions = answer.Predictions;
        List<Column> columns = [new TextColumn("prediction_id", [.. predictions.Select(prediction => prediction.PredictionId)])];
        foreach (var name in predictions[0].Output.Keys)
        {
            columns.Add(new NumberColumn($"output.{name}", [.. predictions.Select(prediction => (double)prediction.Output[name])]));
        }

        columns.Add(new TextColumn("label", [.. predictions.Select(prediction => prediction.Label)]));
        return ColumnsWriter.Write(JsonSerializer.SerializeToUtf8Bytes(answer with { Predictions = [] }, PredictJson.Default.PredictAnswer), predictions.Count, columns);
    }
}
