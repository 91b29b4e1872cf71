using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Predict;

namespace MlAspire.Gateway.Audit;

/// <summary>The JSON of one prediction's audit record: what was asked, what was read, which model answered and what it said.</summary>
/// <remarks>Fields are in a fixed order; numbers are written so that they read back to the same bits.</remarks>
internal static class AuditRecord
{
    public const int Schema = 1;
    public const string PredictionEventName = "prediction_audit";

    // Every record begins {"schema":1,"event":"...": the rest of a prediction need not be looked at.
    private static readonly byte[] PredictionMark = [.. "\"event\":\""u8, .. Encoding.UTF8.GetBytes(PredictionEventName), (byte)'"'];

    public static bool IsPrediction(ReadOnlySpan<byte> record) => record[..Math.Min(record.Length, 64)].IndexOf(PredictionMark) >= 0;

    /// <summary>Whether a record is of a request; of the others the gateway's state is made.</summary>
    public static bool IsOfRequest(ReadOnlySpan<byte> record) => IsPrediction(record);

    /// <summary>The id of the prediction that a record is of; null when it is of something else.</summary>
    public static string? PredictionIdOf(ReadOnlySpan<byte> record) => IsPrediction(record) ? TextOf(record, "prediction_id"u8) : null;

    /// <summary>When a record was made; null when it does not say.</summary>
    public static DateTimeOffset? TimestampOf(ReadOnlySpan<byte> record) => TextOf(record, "timestamp"u8) is { } text && IsoTime.TryParse(text, out var time) ? time : null;

    private static string? TextOf(ReadOnlySpan<byte> record, ReadOnlySpan<byte> name)
    {
        try
        {
            var json = new Utf8JsonReader(record);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals(name))
                {
                    json.Read();
                    return json.TokenType == JsonTokenType.String ? json.GetString() : null;
                }
            }
        }
        catch (JsonException)
        {
            // A record is any line: what is no JSON says nothing.
        }

        return null;
    }

    /// <param name="answered">The request.</param>
    /// <param name="row">Which of its rows.</param>
    /// <returns>One line of UTF-8 JSON without line feed.</returns>
    public static byte[] Of(Answered answered, int row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("event", PredictionEventName);
            json.WriteString("timestamp", answered.Trail.Time);
            json.WriteString("prediction_id", answered.Predictions[row].PredictionId);
            json.WriteString("correlation_id", answered.Trail.CorrelationId);
            json.WriteString("trace_id", answered.Trail.TraceId);
            json.WriteString("caller", answered.Trail.Caller);
            json.WriteString("model", answered.Route.Name);
            json.WriteString("model_version", answered.Result.Version);
            json.WriteString("model_digest", answered.Result.ModelDigest);
            json.WriteString("alias", answered.Route.Alias);
            json.WriteString("arm", answered.Route.Arm);
            WriteRequest(json, answered, row);
            WriteFeatures(json, answered, row);
            // Little-endian FP32, so that a replay runs the same bits: NaN too.
            json.WriteBase64String("model_input", MemoryMarshal.AsBytes(answered.InputOf(row)));
            WritePrediction(json, answered.Predictions[row]);
            WriteStages(json, answered.Stages);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteRequest(Utf8JsonWriter json, Answered answered, int row)
    {
        var (model, request) = (answered.Route.Model, answered.Request);
        json.WriteStartObject("entities");
        for (var i = 0; i < request.Entities.Length; i++)
        {
            json.WriteString(model.Inputs.Entities[i], request.Entities[i][row]);
        }

        json.WriteEndObject();
        json.WriteStartObject("inputs");
        for (var i = 0; i < request.Numbers.Length; i++)
        {
            json.WriteNumber(model.Inputs.Numbers[i], request.Numbers[i][row]);
        }

        for (var i = 0; i < request.Times.Length; i++)
        {
            json.WriteString(model.Inputs.Times[i], request.Times[i][row]);
        }

        json.WriteEndObject();
    }

    private static void WriteFeatures(Utf8JsonWriter json, Answered answered, int row)
    {
        json.WriteString("feature_service", answered.Route.Model.Definition.FeatureService);
        json.WriteNumber("feature_service_version", answered.Features.Version);
        json.WriteStartObject("input_features");
        foreach (var feature in answered.Features.Features)
        {
            json.WriteStartObject(feature.Name);
            WriteNumber(json, "value", feature.Values[row]);
            json.WriteString("status", feature.Statuses[row]);
            WriteNumber(json, "age_seconds", feature.AgesSeconds[row]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePrediction(Utf8JsonWriter json, Prediction prediction)
    {
        json.WriteStartObject("prediction");
        foreach (var (name, value) in prediction.Output)
        {
            json.WriteNumber(name, value);
        }

        json.WriteString("label", prediction.Label);
        json.WriteEndObject();
    }

    private static void WriteStages(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, TimeSpan>> stages)
    {
        json.WriteStartObject("stages_ms");
        foreach (var (name, took) in stages)
        {
            json.WriteNumber(name, took.TotalMilliseconds);
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
