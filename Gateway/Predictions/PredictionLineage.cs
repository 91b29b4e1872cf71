using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Predictions;

/// <summary>From a prediction to what its model follows from: the <c>lineage.json</c> of the version that answered, when it is that of the same bytes.</summary>
/// <remarks>Read from the model repository, so also of a version that is not loaded any more, and while the model server is away.</remarks>
internal sealed class PredictionLineage(AuditLog log, SubjectKeys keys, IOptions<ModelRepositoryOptions> repository)
{
    /// <summary>Longest file that is read.</summary>
    public const long MaxBytes = 1024 * 1024;

    private const string FileName = "lineage.json";

    /// <param name="predictionId">Which.</param>
    /// <param name="index">Which of its answers; null = the first.</param>
    /// <exception cref="ServiceError">NotFound: no such prediction (fields <c>prediction_id</c>, <c>index</c>), no lineage of its version, or one of other bytes (<c>model_version</c>). InvalidArgument: no model answered, or the record does not say which bytes.</exception>
    public LineageAnswer Of(string predictionId, long? index)
    {
        var recorded = RecordedPrediction.Find(log, keys, predictionId, index);
        var digest = recorded.ModelDigest ?? throw new ServiceError(ErrorCode.InvalidArgument, "The record does not say which bytes answered.", "prediction_id");
        var lineage = Read(recorded.Model, recorded.ModelVersion) ?? throw NotFound($"Version {recorded.ModelVersion} of {recorded.Model} has no {FileName}.");
        var described = lineage.TryGetProperty("model_sha256", out var hash) ? $"sha256:{hash}" : null;
        return described == digest
            ? new(predictionId, recorded.Model, recorded.ModelVersion, digest, lineage)
            : throw NotFound($"Version {recorded.ModelVersion} of {recorded.Model} was replaced: {digest} answered, and its {FileName} is of {described ?? "unnamed bytes"}.");
    }

    /// <summary>Null when there is none that can be read.</summary>
    private JsonElement? Read(string model, string version)
    {
        var file = new FileInfo(Path.Combine(repository.Value.Path, model, version, FileName));
        if (!RoutePlan.IsVersion(version) || !file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(File.ReadAllBytes(file.FullName)) is { ValueKind: JsonValueKind.Object } lineage ? lineage : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ServiceError NotFound(string message) => new(ErrorCode.NotFound, message, "model_version");
}

/// <summary>Answer of <c>GET /v1/predictions/{id}/lineage</c>.</summary>
/// <param name="PredictionId">Which prediction.</param>
/// <param name="Model">The model that answered it.</param>
/// <param name="ModelVersion">Its version.</param>
/// <param name="ModelDigest">Its bytes, <c>sha256:</c> and hex digits.</param>
/// <param name="Lineage">What these bytes follow from, as their training wrote it.</param>
public sealed record LineageAnswer(string PredictionId, string Model, string ModelVersion, string ModelDigest, JsonElement Lineage);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LineageAnswer))]
internal sealed partial class LineageJson : JsonSerializerContext;
