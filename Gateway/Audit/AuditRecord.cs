using System.Text.Json;
using System.Text;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Forwarding;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Routing;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Gateway.Audit;

/// <summary>The JSON of one row's audit record: what was asked, what was read, which model answered and what it said, or why it did not.</summary>
/// <remarks>Fields are in a fixed order; numbers are written so that they read back to the same bits.</remarks>
internal static class AuditRecord
{
    public const int Schema = 1;

    // Every record begins {"schema":1,"event":"...": the rest of it need not be looked at.
    private static readonly byte[] EventMark = [.. "\"event\":\""u8];
    private static readonly byte[] PredictionMark = Encoding.UTF8.GetBytes($"\"event\":\"{RequestEvents.Answered}\"");
    private static readonly byte[] ForwardedMark = Encoding.UTF8.GetBytes($"\"event\":\"{ForwardedInference.EventName}\"");
    private static readonly byte[] TrainingMark = Encoding.UTF8.GetBytes($"\"event\":\"{ReportedEvent.TrainingRun}\"");
    private static readonly byte[] LabelsMark = Encoding.UTF8.GetBytes($"\"event\":\"{ReportedEvent.LabelsWritten}\"");
    private static readonly byte[] FailureMark = Encoding.UTF8.GetBytes($"\"event\":\"{RequestEvents.Failed}\"");

    /// <summary>Whether the gateway's state is made of a record, so that it stays in memory; it is not of what comes as often as requests do, nor of training.</summary>
    public static bool IsOfState(ReadOnlySpan<byte> record) => !IsOfRequest(record) && !Begins(record, LabelsMark) && !Begins(record, TrainingMark);

    /// <summary>Whether a record is of a request.</summary>
    public static bool IsOfRequest(ReadOnlySpan<byte> record) => Begins(record, PredictionMark) || IsFailure(record) || Begins(record, ForwardedMark);

    /// <summary>Whether a record is of a request that was not answered.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> record) => Begins(record, FailureMark);

    /// <summary>The id of the prediction that a record is of; null when it is of something else, or of a failure that had none.</summary>
    public static string? PredictionIdOf(ReadOnlySpan<byte> record) => IsOfRequest(record) ? TextOf(record, "prediction_id"u8) : null;

    /// <summary>What a report with an idempotency key is found by (<see cref="ReportedEvent.Id"/>); null when a record is none.</summary>
    public static string? ReportIdOf(ReadOnlySpan<byte> record) =>
        ReportedEvent.Names.Contains(EventOf(record)) && TextOf(record, "idempotency_key"u8) is { } key && TextOf(record, "actor"u8) is { } actor ? ReportedEvent.IdOf(actor, key) : null;

    /// <summary>The event of a record; <see cref="RecordCounts.Other"/> when it does not begin with one.</summary>
    public static string EventOf(ReadOnlySpan<byte> record)
    {
        if (Begins(record, PredictionMark))
        {
            return RequestEvents.Answered; // most are
        }

        var begin = record[..Math.Min(record.Length, 64)].IndexOf(EventMark);
        var name = begin < 0 ? [] : record[(begin + EventMark.Length)..];
        return name.IndexOf((byte)'"') is var end and > 0 and <= 64 ? Encoding.UTF8.GetString(name[..end]) : RecordCounts.Other;
    }

    /// <summary>When a record was made; null when it does not say.</summary>
    public static DateTimeOffset? TimestampOf(ReadOnlySpan<byte> record) => TextOf(record, "timestamp"u8) is { } text && IsoTime.TryParse(text, out var time) ? time : null;

    private static bool Begins(ReadOnlySpan<byte> record, ReadOnlySpan<byte> mark) => record[..Math.Min(record.Length, 64)].IndexOf(mark) >= 0;

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

    /// <summary>The record of an answered row.</summary>
    /// <param name="answered">The request.</param>
    /// <param name="row">Which of its rows.</param>
    /// <param name="key">Of the row's subject; null when it has none.</param>
    /// <returns>One line of UTF-8 JSON without line feed.</returns>
    public static byte[] Of(Answered answered, int row, SubjectKey? key) => Written(json =>
    {
        WriteTrail(json, RequestEvents.Answered, answered.Trail, answered.Predictions[row].PredictionId);
        WriteModel(json, answered.Route, answered.Result.Version, answered.Result.ModelDigest);
        new RecordedInputs(answered.Route, answered.Request, answered.Features, answered.Tensor).Write(json, row, key);
        WritePrediction(json, answered.Predictions[row]);
        WriteBatch(json, answered.Result.Batch, row);
        WriteStages(json, answered.Stages);
    });

    /// <summary>The record of a row of a request that was accepted and not answered.</summary>
    /// <inheritdoc cref="Of(Answered, int, SubjectKey?)"/>
    public static byte[] Of(Attempt failed, ServiceError error, int row, SubjectKey? key) => Written(json =>
    {
        WriteTrail(json, RequestEvents.Failed, failed.Trail, failed.Request.PredictionIds?[row]);
        WriteModel(json, failed.Route, failed.Route.Version ?? error.ModelVersion, null);
        json.WriteString("code", ErrorMapping.Of(error.Code).Wire);
        json.WriteString("message", error.Message);
        new RecordedInputs(failed.Route, failed.Request, failed.Features, failed.Tensor).Write(json, row, key);
        WriteStages(json, failed.Stages.Took);
    });

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteTrail(Utf8JsonWriter json, string name, Trail trail, string? predictionId)
    {
        json.WriteNumber("schema", Schema);
        json.WriteString("event", name);
        json.WriteString("timestamp", trail.Time);
        json.WriteString("prediction_id", predictionId);
        json.WriteString("correlation_id", trail.CorrelationId);
        json.WriteString("trace_id", trail.TraceId);
        json.WriteString("span_id", trail.SpanId);
        json.WriteString("caller", trail.Caller);
    }

    private static void WriteModel(Utf8JsonWriter json, ModelRoute route, string? version, string? digest)
    {
        json.WriteString("model", route.Name);
        json.WriteString("model_version", version);
        json.WriteString("model_digest", digest);
        json.WriteString("alias", route.Alias);
        json.WriteString("arm", route.Arm);
        json.WriteString("fallback_for", route.FallbackFor);
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

    private static void WriteBatch(Utf8JsonWriter json, ModelBatch? batch, int row)
    {
        if (batch is null)
        {
            json.WriteNull("batch");
            return;
        }

        json.WriteStartObject("batch");
        json.WriteString("id", batch.Id);
        json.WriteNumber("position", batch.FirstRow + row);
        json.WriteNumber("rows", batch.Rows);
        json.WriteNumber("requests", batch.Requests);
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
}
