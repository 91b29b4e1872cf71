using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Audit;

/// <summary>What one row of a request went into the model with: entities, inputs, features as read, and the model's input. It belongs to the row's subject, when the model has one.</summary>
/// <param name="Route">The model that it is for.</param>
/// <param name="Request">The request.</param>
/// <param name="Features">Null when they were not read.</param>
/// <param name="Tensor">Row-major, shape [rows, columns]; null when it was not made.</param>
internal sealed record RecordedInputs(ModelRoute Route, PredictRequest Request, FeatureValues? Features, float[]? Tensor)
{
    /// <param name="json">The record.</param>
    /// <param name="row">Which row.</param>
    /// <param name="key">The row's subject's; null = it has none, and all is in the clear.</param>
    public void Write(Utf8JsonWriter json, int row, SubjectKey? key)
    {
        json.WriteString("feature_service", Features?.FeatureService ?? Route.Model.Definition.FeatureService);
        if (Features is not null)
        {
            json.WriteNumber("feature_service_version", Features.Version);
            WriteNumber(json, "stale_share", Features.StaleShare);
        }

        if (key is null)
        {
            WriteOwn(json, row);
        }
        else
        {
            PersonalData.Write(json, key, own => WriteOwn(own, row));
        }
    }

    private void WriteOwn(Utf8JsonWriter json, int row)
    {
        var names = Route.Model.Inputs;
        json.WriteStartObject("entities");
        for (var i = 0; i < Request.Entities.Length; i++)
        {
            json.WriteString(names.Entities[i], Request.Entities[i][row]);
        }

        json.WriteEndObject();
        json.WriteStartObject("inputs");
        for (var i = 0; i < Request.Numbers.Length; i++)
        {
            json.WriteNumber(names.Numbers[i], Request.Numbers[i][row]);
        }

        for (var i = 0; i < Request.Times.Length; i++)
        {
            json.WriteString(names.Times[i], Request.Times[i][row]);
        }

        json.WriteEndObject();
        WriteFeatures(json, row);
        if (Tensor is not null)
        {
            // Little-endian FP32, so that a replay runs the same bits: NaN too.
            json.WriteBase64String("model_input", MemoryMarshal.AsBytes(Tensor.AsSpan(row * names.Columns, names.Columns)));
        }
    }

    private void WriteFeatures(Utf8JsonWriter json, int row)
    {
        if (Features is null)
        {
            return;
        }

        json.WriteStartObject("input_features");
        foreach (var feature in Features.Features)
        {
            json.WriteStartObject(feature.Name);
            WriteNumber(json, "value", feature.Values[row]);
            json.WriteString("status", feature.Statuses[row]);
            WriteNumber(json, "age_seconds", feature.AgesSeconds[row]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
