using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Predictions;

/// <summary>The part of a prediction's audit record that its replay and its lineage need.</summary>
internal sealed record RecordedPrediction(string PredictionId, string Model, string ModelVersion, IReadOnlyDictionary<string, JsonElement> Prediction)
{
    public string? ModelDigest { get; init; }

    /// <summary>There when what belongs to the subject was erased, or its key is damaged or lost.</summary>
    public JsonElement? Personal { get; init; }

    /// <summary>Base64 of little-endian FP32, shape [columns]; null in records of before it was kept.</summary>
    public string? ModelInput { get; init; }

    /// <param name="log">Has it.</param>
    /// <param name="keys">Of its subject.</param>
    /// <param name="id">Which prediction.</param>
    /// <param name="index">Which of its answers; null = the first.</param>
    /// <exception cref="ServiceError">As <see cref="IndexOf"/> and <see cref="Of"/> say. NotFound: its record was removed.</exception>
    /// <exception cref="InvalidDataException">The record is another prediction's.</exception>
    public static RecordedPrediction Find(AuditLog log, SubjectKeys keys, string id, long? index)
    {
        var found = IndexOf(log, id, index);
        return Of(PersonalData.Readable(Own(log.Read(found) ?? throw ProvenRecord.Removed(found), id), keys));
    }

    /// <summary>The record of a prediction as the log proves it.</summary>
    /// <inheritdoc cref="Find"/>
    public static ProvenRecord Prove(AuditLog log, SubjectKeys keys, string id, long? index)
    {
        var proven = ProvenRecord.Of(log, keys, IndexOf(log, id, index));
        Own(Convert.FromBase64String(proven.Bytes), id);
        return proven with { Indices = log.Find(id) };
    }

    /// <summary>The record that an id leads to: the first answer, whatever was answered under the same id later, or the one that is named.</summary>
    /// <exception cref="ServiceError">NotFound (fields <c>prediction_id</c>, <c>index</c>).</exception>
    public static long IndexOf(AuditLog log, string id, long? index)
    {
        var indices = Pipeline.Predict.PredictionId.IsValid(id) ? log.Find(id) : []; // the log finds reports too, by ids that no prediction has
        return indices.Count == 0 ? throw new ServiceError(
                ErrorCode.NotFound, log.FirstKept == 0 ? "No prediction of this id is recorded." : "No prediction of this id is recorded, or it was removed by retention.", "prediction_id")
            : index is null ? indices[0]
            : indices.Contains(index.Value) ? index.Value
            : throw new ServiceError(ErrorCode.NotFound, "The prediction has no answer there.", "index");
    }

    /// <summary>The record, which is of the prediction: what it was found by is in the seal, and no proof covers that.</summary>
    private static byte[] Own(byte[] record, string id) =>
        AuditRecord.PredictionIdOf(record) == id ? record : throw new InvalidDataException("The audit log's seal leads from a prediction to the record of another one.");

    /// <param name="record">As <see cref="PersonalData.Readable"/> gives it.</param>
    /// <exception cref="ServiceError">InvalidArgument: it is of a request that was not answered.</exception>
    public static RecordedPrediction Of(byte[] record) => AuditRecord.IsFailure(record)
        ? throw new ServiceError(ErrorCode.InvalidArgument, "The prediction failed; no model answered it.", "prediction_id")
        : JsonSerializer.Deserialize(record, RecordedPredictionJson.Default.RecordedPrediction)!;

    /// <summary>What the model was given, bit for bit, shape [columns].</summary>
    /// <exception cref="ServiceError">NotFound: it was erased, or the key is damaged or lost. InvalidArgument: the record does not hold it.</exception>
    public float[] Input() => Personal is { } gone
        ? throw new ServiceError(
            ErrorCode.NotFound, $"The {(gone.TryGetProperty(PersonalData.Erased, out _) ? "prediction's subject was erased" : "key of the prediction's subject is damaged or lost")}; what the model was given cannot be read any more.", "prediction_id")
        : ModelInput is null ? throw new ServiceError(ErrorCode.InvalidArgument, "The record is of before model inputs were kept; it cannot be replayed.", "prediction_id")
        : MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(ModelInput)).ToArray();

    /// <summary>What the model answered under <paramref name="output"/>.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the model's output has another name now.</exception>
    public float Output(string output) => Prediction.TryGetValue(output, out var value) && value.ValueKind == JsonValueKind.Number
        ? value.GetSingle()
        : throw new ServiceError(ErrorCode.InvalidArgument, $"The record has no output {output}: the model's pipeline was another one.", "prediction_id");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecordedPrediction))]
internal sealed partial class RecordedPredictionJson : JsonSerializerContext;
